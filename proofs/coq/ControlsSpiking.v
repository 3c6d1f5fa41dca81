(** Against the controls of groups G, H and I: each false variant of a claim is refuted, by a theorem.

    Main results: [ID__against_NAME] for each control NAME of the statement ID.
    Hypotheses: none; each theorem denies that the variant holds for all values of its variables.
    Source: the controls of the ledger; where the ledger has other logarithms, the values here are powers of 2. *)

Require Import Defs Values.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** ** [nlif-closed-form] *)

(** The closed form of all inputs, although one of them comes too late. *)
Theorem nlif_closed_form__against_all_inputs :
  ~ (
  forall (n : nat) (T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  T = tau * ln (total n (fun j => w j * exp (t j / tau)) / (total n (fun j => w j) - theta))).
Proof. intros H; specialize (H 2%nat (ln 2) 0 1 1 (two 0 (3 * ln 2)) (two 2 (1 / 2))); refuted H. Qed.

(** An input inhibits: without it the neuron would fire earlier. *)
Theorem nlif_closed_form__against_inhibition :
  ~ (
  forall (n : nat) (T tau theta : R) (c t w : sequence),
  tau > 0 ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> c j >= 0) ->
  (forall j : nat, (j < n)%nat -> c j <= 1) ->
  total n (fun j => c j * w j) - theta > 0 ->
  T <= tau * ln (total n (fun j => c j * w j * exp (t j / tau)) / (total n (fun j => c j * w j) - theta))).
Proof. intros H; specialize (H 2%nat (2 * ln 2) 1 1 (two 1 0) (two 0 0) (two 2 (- (2 / 3)))); refuted H. Qed.

(** A threshold of 0, which the potential has before any input. *)
Theorem nlif_closed_form__against_threshold_at_rest :
  ~ (
  forall (n : nat) (T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  total n (fun j => before (t j) T * w j) - theta > 0).
Proof. intros H; specialize (H 1%nat 0 0 1 0 (two (ln 2) 0) (two 1 0)); refuted H. Qed.

(** Below the threshold after T too. *)
Theorem nlif_closed_form__against_afterwards :
  ~ (
  forall (n : nat) (S_ T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  total n (fun j => w j * response S_ (t j) tau) < theta).
Proof. intros H; specialize (H 1%nat (2 * ln 2) (ln 2) 0 1 1 (two 0 0) (two 2 0)); refuted H. Qed.

(** Never fires, although its weights exceed the threshold. *)
Theorem nlif_closed_form__against_enough_weight :
  ~ (
  forall (n : nat) (S_ t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  total n (fun j => w j * response S_ (t j) tau) < theta).
Proof. intros H; specialize (H 1%nat (2 * ln 2) 0 1 1 (two 0 0) (two 2 0)); refuted H. Qed.

(** ** [nlif-gradient] *)

(** W_j/m in place of w_j r_j/m. *)
Theorem nlif_gradient__against_without_decay :
  ~ (
  forall (n : nat) (T tau theta : R) (c t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * w j / (total n (fun j => c j * w j) - theta)) = 1).
Proof. intros H; specialize (H 1%nat (ln 2) 1 1 (two 1 0) (two 0 0) (two 2 0)); refuted H. Qed.

(** The plain average of the moves in place of the exponential one. *)
Theorem nlif_gradient__against_plain_average :
  ~ (
  forall (n : nat) (S_ T tau theta : R) (c s t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = exp (total n (fun j => (s j - t j) * c j * w j * exp ((t j - T) / tau) / tau / (total n
    (fun j => c j * w j) - theta)))).
Proof.
  intros H; specialize (H 2%nat (2 * ln 2) 0 1 0 (two 1 1) (two (ln 2) (3 * ln 2)) (two 0 0) (two (2 / 3) (1 / 3))).
  premises H; apply exp_inv in H; contradiction_from H.
Qed.

(** At most the plain average. *)
Theorem nlif_gradient__against_below_the_plain_average :
  ~ (
  forall (n : nat) (S_ T tau theta : R) (c s t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  S_ - T <= total n (fun j => (s j - t j) * c j * w j * exp ((t j - T) / tau) / (total n (fun j => c j * w j) -
    theta))).
Proof.
  intros H; specialize (H 2%nat (2 * ln 2) 0 1 0 (two 1 1) (two (ln 2) (3 * ln 2)) (two 0 0) (two (2 / 3) (1 / 3)));
    refuted H.
Qed.

(** The change of the margin left out. *)
Theorem nlif_gradient__against_threshold_forgotten :
  ~ (
  forall (n : nat) (S_ T tau theta : R) (c t v w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * v j) - theta > 0 ->
  total n (fun j => c j * v j * exp (t j / tau)) = (total n (fun j => c j * v j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = 1 + total n (fun j => (v j - w j) * c j * exp ((t j - T) / tau)) / (total n (fun j => c j *
    w j) - theta)).
Proof. intros H; specialize (H 1%nat 0 0 1 0 (two 1 0) (two 0 0) (two 2 0) (two 1 0)); refuted H. Qed.

(** ** [nlif-log-sum-exp] *)

(** A weight below the margin: the neuron fires before that input arrives. *)
Theorem nlif_log_sum_exp__against_one_to_spare :
  ~ (
  forall (n : nat) (T tau theta : R) (t w : sequence),
  tau > 0 ->
  total n (fun j => w j) - theta > 0 ->
  total n (fun j => w j * exp (t j / tau)) = (total n (fun j => w j) - theta) * exp (T / tau) ->
  total n (fun j => w j * response T (t j) tau) = theta).
Proof. intros H; specialize (H 2%nat (2 * ln 2) 1 1 (two 0 (3 * ln 2)) (two 2 (1 / 2))); refuted H. Qed.

(** The threshold n - 2 in place of n - 1. *)
Theorem nlif_log_sum_exp__against_threshold_below :
  ~ (
  forall (n : nat) (T tau : R) (t : sequence),
  tau > 0 ->
  INR n >= 1 ->
  T = tau * ln (total n (fun j => exp (t j / tau))) ->
  total n (fun j => response T (t j) tau) = INR n - 2).
Proof. intros H; specialize (H 2%nat (ln 2) 1 (two 0 0)); refuted H. Qed.

(** Exp(t_j - T) in place of exp((t_j - T)/tau). *)
Theorem nlif_log_sum_exp__against_time_constant_forgotten :
  ~ (
  forall (n : nat) (T tau : R) (t : sequence),
  tau > 0 ->
  INR n >= 1 ->
  T = tau * ln (total n (fun j => exp (t j / tau))) ->
  (forall j : nat, (j < n)%nat -> exp (t j - T) = exp (t j / tau) / total n (fun j => exp (t j / tau)))).
Proof. intros H; specialize (H 2%nat (2 * ln 2) 2 (two 0 0)); refuted H. Qed.

(** ** [wheel-latency] *)

(** Both fire before the last input has arrived: the dot product 1 wins against 1.08. *)
Theorem wheel_latency__against_too_early :
  ~ (
  forall (n : nat) (S_ T m t0 theta : R) (t u v x : sequence),
  m > 0 ->
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  theta = m * (S_ - t0) + total n (fun j => (1 - before S_ (t j)) * v j * x j) ->
  (T < S_ <-> total n (fun j => v j * x j) < total n (fun j => u j * x j))).
Proof.
  intros H; specialize (H 2%nat 1 0 1 0 1 (two 0 2) (two 1 0) (two 0 (6 / 5)) (two 1 (9 / 10))); refuted H.
Qed.

(** A potential that falls by itself. *)
Theorem wheel_latency__against_falling :
  ~ (
  forall (n : nat) (S_ T m t0 theta : R) (t u v x : sequence),
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  theta = m * (S_ - t0) + total n (fun j => (1 - before S_ (t j)) * v j * x j) ->
  (forall j : nat, (j < n)%nat -> t j <= T) ->
  (forall j : nat, (j < n)%nat -> t j <= S_) ->
  (T < S_ <-> total n (fun j => v j * x j) < total n (fun j => u j * x j))).
Proof. intros H; specialize (H 1%nat 1 2 (- 1) 0 1 (two 0 0) (two 3 0) (two 2 0) (two 1 0)); refuted H. Qed.

(** A threshold that is reached before the last input arrives. *)
Theorem wheel_latency__against_low_threshold :
  ~ (
  forall (n : nat) (T m t0 t_last theta : R) (t u x : sequence),
  m > 0 ->
  (forall j : nat, (j < n)%nat -> u j * x j >= 0) ->
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  T >= t_last).
Proof. intros H; specialize (H 1%nat 0 1 0 1 0 (two 1 0) (two 0 0) (two 0 0)); refuted H. Qed.

(** ** [nlif-nonexpansive] *)

(** Weights 3 and -1: the latency moves by more than both times. *)
Theorem nlif_nonexpansive__against_inhibition :
  ~ (
  forall (n : nat) (D S_ T t_first tau theta : R) (s t w : sequence),
  tau > 0 ->
  theta > 0 ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  S_ <= D + T).
Proof.
  intros H; specialize (H 2%nat (ln 2) (3 * ln 2) (ln 2) 0 1 1 (two (ln 2) 0) (two 0 0) (two 6 (- 4))); refuted H.
Qed.

(** Half the change of the times. *)
Theorem nlif_nonexpansive__against_half :
  ~ (
  forall (n : nat) (D S_ T t_first tau theta : R) (s t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  S_ <= T + D / 2).
Proof.
  intros H; specialize (H 1%nat (ln 2) (2 * ln 2) (ln 2) 0 1 1 (two (ln 2) 0) (two 0 0) (two 2 0)); refuted H.
Qed.

(** A change for each input: the sum in place of the largest. *)
Theorem nlif_nonexpansive__against_growing :
  ~ (
  forall (n : nat) (D S_ T t_first tau theta : R) (s t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  (forall j : nat, (j < n)%nat -> t_first <= s j) ->
  Rabs (S_ - T) <= D).
Proof. intros H; specialize (H 1%nat 0 (2 * ln 2) (ln 2) 0 1 1 (two (ln 2) 0) (two 0 0) (two 2 0)); refuted H. Qed.

(** The inputs move and the moment does not. *)
Theorem nlif_nonexpansive__against_inputs_alone :
  ~ (
  forall (n : nat) (D T tau : R) (t w : sequence),
  tau > 0 ->
  total n (fun j => w j * response T (D + t j) tau) = total n (fun j => w j * response T (t j) tau)).
Proof. intros H; specialize (H 1%nat (ln 2) (ln 2) 1 (two 0 0) (two 2 0)); refuted H. Qed.

(** ** [nlif-published-bound] *)

(** Delta read as the margin of all inputs, of which one comes too late. *)
Theorem nlif_published_bound__against_margin_of_all_inputs :
  ~ (
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (w j) <= K) ->
  tau <= K ->
  delta > 0 ->
  total n (fun j => (tau * (1 - exp ((t j - T) / tau)) + Rabs (w j) * exp ((t j - T) / tau)) * before (t j) T) /
    (total n (fun j => before (t j) T * w j) - theta) <= K * total n (fun j => before (t j) T) / delta).
Proof. intros H; specialize (H 2%nat 2 (ln 2) 3 1 1 (two 0 (2 * ln 2)) (two 2 2)); refuted H. Qed.

(** Half the bound. *)
Theorem nlif_published_bound__against_half :
  ~ (
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (w j) <= K) ->
  tau <= K ->
  delta > 0 ->
  total n (fun j => before (t j) T * w j) - theta >= delta ->
  total n (fun j => (tau * (1 - exp ((t j - T) / tau)) + Rabs (w j) * exp ((t j - T) / tau)) * before (t j) T) /
    (total n (fun j => before (t j) T * w j) - theta) <= K * total n (fun j => before (t j) T) / 2 / delta).
Proof. intros H; specialize (H 1%nat 2 (2 * ln 2) 1 2 1 (two 0 0) (two 2 0)); refuted H. Qed.

(** Weights that K does not bound. *)
Theorem nlif_published_bound__against_larger_weights :
  ~ (
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  tau <= K ->
  delta > 0 ->
  total n (fun j => before (t j) T * w j) - theta >= delta ->
  total n (fun j => (tau * (1 - exp ((t j - T) / tau)) + Rabs (w j) * exp ((t j - T) / tau)) * before (t j) T) /
    (total n (fun j => before (t j) T * w j) - theta) <= K * total n (fun j => before (t j) T) / delta).
Proof. intros H; specialize (H 1%nat 1 (ln 2) 7 1 1 (two 0 0) (two 8 0)); refuted H. Qed.

(** A bound below 1, by a delta above the margin. *)
Theorem nlif_published_bound__against_loose_margin :
  ~ (
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> Rabs (w j) <= K) ->
  tau <= K ->
  delta > 0 ->
  K * total n (fun j => before (t j) T) / delta >= 1).
Proof. intros H; specialize (H 1%nat 2 (ln 2) 3 1 1 (two 0 0) (two 2 0)); refuted H. Qed.

(** ** [nlif-weights-add] *)

(** The constants multiplied. *)
Theorem nlif_weights_add__against_product :
  ~ (
  forall (n : nat) (D E S_ T delta tau theta : R) (s t v w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> v j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => v j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  (forall j : nat, (j < n)%nat -> Rabs (v j - w j) <= E) ->
  delta > 0 ->
  total n (fun j => before (t j) T * v j) - theta >= delta ->
  S_ <= T + D * E * tau * total n (fun j => before (t j) T) / delta).
Proof.
  intros H; specialize (H 1%nat (ln 2) 0 (2 * ln 2) (ln 2) 1 1 1 (two (ln 2) 0) (two 0 0) (two 2 0) (two 2 0));
    refuted H.
Qed.

(** The change of the times left out. *)
Theorem nlif_weights_add__against_times_forgotten :
  ~ (
  forall (n : nat) (D E S_ T delta tau theta : R) (s t v w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> v j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => v j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  (forall j : nat, (j < n)%nat -> Rabs (v j - w j) <= E) ->
  delta > 0 ->
  total n (fun j => before (t j) T * v j) - theta >= delta ->
  S_ <= T + E * tau * total n (fun j => before (t j) T) / delta).
Proof.
  intros H; specialize (H 1%nat (ln 2) 0 (2 * ln 2) (ln 2) 1 1 1 (two (ln 2) 0) (two 0 0) (two 2 0) (two 2 0));
    refuted H.
Qed.

(** Delta bounds the margin of the old weights only. *)
Theorem nlif_weights_add__against_old_margin :
  ~ (
  forall (n : nat) (D E S_ T delta tau theta : R) (s t v w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> v j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => v j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  (forall j : nat, (j < n)%nat -> Rabs (v j - w j) <= E) ->
  delta > 0 ->
  S_ <= D + T + E * tau * total n (fun j => before (t j) T) / delta).
Proof.
  intros H; specialize (H 1%nat 0 (6 / 7) (3 * ln 2) (ln 2) 10 1 1 (two 0 0) (two 0 0) (two (8 / 7) 0) (two 2 0));
    refuted H.
Qed.

(** Weights 3 and -1, unchanged. *)
Theorem nlif_weights_add__against_inhibition :
  ~ (
  forall (n : nat) (D E S_ T delta tau theta : R) (s t v w : sequence),
  tau > 0 ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => v j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  (forall j : nat, (j < n)%nat -> Rabs (v j - w j) <= E) ->
  delta > 0 ->
  total n (fun j => before (t j) T * v j) - theta >= delta ->
  S_ <= D + T + E * tau * total n (fun j => before (t j) T) / delta).
Proof.
  intros H; specialize (H 2%nat (ln 2) 0 (3 * ln 2) (ln 2) 1 1 1 (two (ln 2) 0) (two 0 0) (two 6 (- 4)) (two 6 (-
    4))); refuted H.
Qed.

(** ** [spike-rate-stochastic] *)

(** Half the bound. *)
Theorem spike_rate_stochastic__against_half :
  ~ (
  forall (n : nat) (N X : R) (e p : sequence),
  total n (fun j => p j) = 1 ->
  INR n >= 1 ->
  N > 0 ->
  (forall j : nat, (j < n)%nat -> e j ^ 2 <= (1 - p j) * p j / N) ->
  (forall j : nat, (j < n)%nat -> e j >= 0) ->
  X = total n (fun j => e j) ->
  X / 2 <= sqrt ((INR n - 1) / N) / 4).
Proof. intros H; specialize (H 2%nat 1 1 (two (1 / 2) (1 / 2)) (two (1 / 2) (1 / 2))); refuted H. Qed.

(** Spikes that are not independent: a unit that fires at all steps or at none. *)
Theorem spike_rate_stochastic__against_larger_variance :
  ~ (
  forall (n : nat) (N X : R) (e p : sequence),
  total n (fun j => p j) = 1 ->
  INR n >= 1 ->
  N > 0 ->
  (forall j : nat, (j < n)%nat -> e j >= 0) ->
  X = total n (fun j => e j) ->
  X / 2 <= sqrt ((INR n - 1) / N) / 2).
Proof. intros H; specialize (H 2%nat 4 2 (two 1 1) (two (1 / 2) (1 / 2))); refuted H. Qed.

(** The variance a of a rare event taken for that of any. *)
Theorem spike_rate_stochastic__against_no_difference :
  ~ (
  forall (a : R),
  a * (1 - a) ^ 2 + a ^ 2 * (1 - a) = a).
Proof. intros H; specialize (H 1); refuted H. Qed.

(** Outcomes that are not centred. *)
Theorem spike_rate_stochastic__against_the_same_twice :
  ~ (
  forall (K M : nat) (q r x y : sequence),
  total K (fun k => q k) = 1 ->
  total M (fun l => r l) = 1 ->
  total K (fun k => q k * total M (fun l => (x k + y l) ^ 2 * r l)) = total K (fun k => x k ^ 2 * q k) + total M
    (fun l => y l ^ 2 * r l)).
Proof. intros H; specialize (H 1%nat 1%nat (two 1 0) (two 1 0) (two 1 0) (two 1 0)); refuted H. Qed.

(** Half the variance. *)
Theorem spike_rate_stochastic__against_half_the_variance :
  ~ (
  forall (K : nat) (mu : R) (q x : sequence),
  (forall k : nat, (k < K)%nat -> q k >= 0) ->
  total K (fun k => q k) = 1 ->
  mu = total K (fun k => Rabs (x k) * q k) ->
  mu ^ 2 <= total K (fun k => x k ^ 2 * q k) / 2).
Proof. intros H; specialize (H 2%nat 1 (two (1 / 2) (1 / 2)) (two 1 1)); refuted H. Qed.

(** ** [spike-rate-deterministic] *)

(** A single unit: the error is 0, and so is (n-1)/N. *)
Theorem spike_rate_deterministic__against_one_unit :
  ~ (
  forall (n : nat) (N : R) (c p v : sequence),
  N > 0 ->
  (forall j : nat, (j < n)%nat -> 1 + v j > 0) ->
  total n (fun j => v j) = 0 ->
  (forall j : nat, (j < n)%nat -> v j = N * p j - c j) ->
  (forall j : nat, (j < n)%nat -> Rabs (p j - c j / N) < (INR n - 1) / N)).
Proof. intros H; specialize (H 1%nat 1 (two 1 0) (two 1 0) (two 0 0)); refuted H. Qed.

(** A third of the bound. *)
Theorem spike_rate_deterministic__against_third :
  ~ (
  forall (n : nat) (N : R) (c p v : sequence),
  N > 0 ->
  (forall j : nat, (j < n)%nat -> 1 + v j > 0) ->
  total n (fun j => v j) = 0 ->
  (forall j : nat, (j < n)%nat -> v j = N * p j - c j) ->
  INR n >= 2 ->
  (forall j : nat, (j < n)%nat -> Rabs (p j - c j / N) < (INR n - 1) / 3 / N)).
Proof. intros H; specialize (H 2%nat 1 (two 1 0) (two (1 / 2) (1 / 2)) (two (- (1 / 2)) (1 / 2))); refuted H. Qed.

(** A unit fires that has not the largest potential. *)
Theorem spike_rate_deterministic__against_another_unit :
  ~ (
  forall (n : nat) (m : R) (c p v : sequence),
  total n (fun j => p j) = 1 ->
  (forall j : nat, (j < n)%nat -> p j >= 0) ->
  INR n >= 1 ->
  (forall j : nat, (j < n)%nat -> 1 + v j > 0) ->
  total n (fun j => v j) = 0 ->
  (forall j : nat, (j < n)%nat -> p j + v j <= m) ->
  (forall j : nat, (j < n)%nat -> c j ^ 2 = c j) ->
  (forall j : nat, (j < n)%nat -> 1 + p j + v j - c j > 0)).
Proof.
  intros H; specialize (H 2%nat (3 / 2) (two 1 0) (two (1 / 4) (3 / 4)) (two (- (3 / 4)) (3 / 4))); refuted H.
Qed.

(** Two units fire in one step. *)
Theorem spike_rate_deterministic__against_two_spikes :
  ~ (
  forall (n : nat) (c p v : sequence),
  total n (fun j => p j) = 1 ->
  total n (fun j => v j) = 0 ->
  total n (fun j => p j + v j - c j) = 0).
Proof. intros H; specialize (H 2%nat (two 1 1) (two (1 / 2) (1 / 2)) (two 0 0)); refuted H. Qed.

(** ** [spike-latency-code] *)

(** The error of one spike in place of two. *)
Theorem spike_latency_code__against_one_resolution :
  ~ (
  forall (n : nat) (S_ T dt tau : R) (s t : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (s j - t j) <= dt) ->
  Rabs (S_ - T) <= dt ->
  (forall j : nat, (j < n)%nat -> Rabs (exp (- ((T - t j) / tau)) - exp (- ((S_ - s j) / tau))) <= (exp (dt / tau) -
    1) * exp ((t j - T) / tau))).
Proof. intros H; specialize (H 1%nat (- ln 2) 0 (ln 2) 1 (two (ln 2) 0) (two 0 0)); refuted H. Qed.

(** 2 dt/tau, to first order. *)
Theorem spike_latency_code__against_linear :
  ~ (
  forall (n : nat) (S_ T dt tau : R) (s t : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (s j - t j) <= dt) ->
  Rabs (S_ - T) <= dt ->
  (forall j : nat, (j < n)%nat -> Rabs (exp (- ((T - t j) / tau)) - exp (- ((S_ - s j) / tau))) <= 2 * dt * exp ((t
    j - T) / tau) / tau)).
Proof. intros H; specialize (H 1%nat (- ln 2) 0 (ln 2) 1 (two (ln 2) 0) (two 0 0)); refuted H. Qed.

(** A normaliser that is off by more than the resolution. *)
Theorem spike_latency_code__against_drifting_normaliser :
  ~ (
  forall (n : nat) (S_ T dt tau : R) (s t : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (s j - t j) <= dt) ->
  (forall j : nat, (j < n)%nat -> Rabs (exp (- ((T - t j) / tau)) - exp (- ((S_ - s j) / tau))) <= (exp (2 * dt /
    tau) - 1) * exp ((t j - T) / tau))).
Proof. intros H; specialize (H 1%nat (- (3 * ln 2)) 0 (ln 2) 1 (two (ln 2) 0) (two 0 0)); refuted H. Qed.

(** ** [spike-count-lower-bound] *)

(** Codes whose counts at two rates do not overlap, such as those of deterministic inhibition. *)
Theorem spike_count_lower_bound__against_deterministic :
  ~ (
  forall (K : nat) (A a b eps : R) (g q rho : sequence),
  (forall k : nat, (k < K)%nat -> q k >= 0) ->
  total K (fun k => q k * rho k) = 1 ->
  (forall k : nat, (k < K)%nat -> rho k >= 0) ->
  A > 0 ->
  eps > 0 ->
  total K (fun k => (g k - a) ^ 2 * q k) <= eps ^ 2 ->
  total K (fun k => (g k - b) ^ 2 * q k * rho k) <= eps ^ 2 ->
  b - a <= eps * (1 + A)).
Proof.
  intros H; specialize (H 2%nat 1 0 1 (1 / 10) (two 0 1) (two (99 / 100) (1 / 100)) (two 0 100)); refuted H.
Qed.

(** Eps in place of (A + 1) eps. *)
Theorem spike_count_lower_bound__against_without_A :
  ~ (
  forall (K : nat) (A a b eps : R) (g q rho : sequence),
  (forall k : nat, (k < K)%nat -> q k >= 0) ->
  total K (fun k => q k * rho k) = 1 ->
  (forall k : nat, (k < K)%nat -> rho k >= 0) ->
  total K (fun k => rho k ^ 2 * q k) <= A ^ 2 ->
  A > 0 ->
  eps > 0 ->
  total K (fun k => (g k - a) ^ 2 * q k) <= eps ^ 2 ->
  total K (fun k => (g k - b) ^ 2 * q k * rho k) <= eps ^ 2 ->
  b - a <= eps).
Proof.
  intros H; specialize (H 2%nat 10 0 1 (1 / 10) (two 0 1) (two (99 / 100) (1 / 100)) (two 0 100)); refuted H.
Qed.

(** A rate at which the value does not differ: no sensitivity is asked for. *)
Theorem spike_count_lower_bound__against_any_spikes :
  ~ (
  forall (D L N eps u : R),
  u > 0 ->
  N > 0 ->
  eps > 0 ->
  D >= 0 ->
  L >= 0 ->
  u * (1 - u) <= N * D ^ 2 ->
  N * u >= L ^ 2 * u ^ 2 * (1 - u) / eps ^ 2 / (1 + exp (1 / 2)) ^ 2).
Proof.
  intros H; specialize (H (1 / 2) 10 1 1 (1 / 2)); premises H; destruct half_power as [L U].
  assert (Hp : 0 < (1 + exp (1 / 2)) ^ 2) by (apply pow_lt; lra).
  apply Rge_le, (Rmult_le_compat_r ((1 + exp (1 / 2)) ^ 2)) in H; [|lra].
  unfold Rdiv at 1 in H; rewrite Rmult_assoc, Rinv_l in H by lra.
  assert (0 <= (2 - exp (1 / 2)) * (4 + exp (1 / 2))) by (apply Rmult_le_pos; lra); lra.
Qed.

(** One over eps in place of its square: what deterministic codes need. *)
Theorem spike_count_lower_bound__against_linear :
  ~ (
  forall (D L N eps u : R),
  u > 0 ->
  N > 0 ->
  eps > 0 ->
  D >= 0 ->
  L >= 0 ->
  u * (1 - u) <= N * D ^ 2 ->
  D * L <= eps * (1 + exp (1 / 2)) ->
  N * u >= L * u / eps).
Proof.
  destruct half_power as [L U]; intros H; specialize (H (1 / 2) 4 1 1 (1 / 2)).
  apply Rge_not_lt in H; [apply H; lra|lra..].
Qed.

(** Mean squares of independent steps added. *)
Theorem spike_count_lower_bound__against_steps_add :
  ~ (
  forall (K M : nat) (q r rho sigma : sequence),
  total K (fun k => q k * total M (fun l => rho k ^ 2 * sigma l ^ 2 * r l)) = total K (fun k => rho k ^ 2 * q k) +
    total M (fun l => sigma l ^ 2 * r l)).
Proof. intros H; specialize (H 1%nat 1%nat (two 1 0) (two 1 0) (two 1 0) (two 1 0)); refuted H. Qed.

(** ** [rank-code] *)

(** Spikes that are half as far apart. *)
Theorem rank_code__against_half_the_spacing :
  ~ (
  forall (alpha r t tau : R),
  tau > 0 ->
  t = - (r * tau * ln alpha) ->
  exp (- (t / 2 / tau)) = exp (r * ln alpha)).
Proof. intros H; specialize (H 2 2 (- (2 * ln 2)) 1); refuted H. Qed.

(** A spike at another time. *)
Theorem rank_code__against_any_time :
  ~ (
  forall (alpha r t tau : R),
  tau > 0 ->
  t / tau = - (r * ln alpha)).
Proof. intros H; specialize (H 2 0 1 1); refuted H. Qed.

(** A unit that fires twice. *)
Theorem rank_code__against_twice :
  ~ (
  forall (N : nat) (alpha : R) (u : sequence),
  alpha > 0 ->
  total N (fun k => total N (fun l => same (u l) (u k) * exp (INR l * ln alpha)) * exp (INR k * ln alpha)) = total N
    (fun k => exp (2 * INR k * ln alpha))).
Proof. intros H; specialize (H 2%nat 2 (two 0 0)); refuted H. Qed.

(** Codes of different norms. *)
Theorem rank_code__against_shorter_code :
  ~ (
  forall (M : nat) (x y : sequence),
  total M (fun i => x i * y i) <= total M (fun i => x i ^ 2)).
Proof. intros H; specialize (H 1%nat (two 1 0) (two 2 0)); refuted H. Qed.

(** Alpha = 1: a code without order. *)
Theorem rank_code__against_no_decay :
  ~ (
  forall (alpha r s : R),
  alpha > 0 ->
  exp (r * ln alpha) = exp (s * ln alpha) ->
  r = s).
Proof. intros H; specialize (H 1 0 1); refuted H. Qed.

(** ** [context-recurrence] *)

(** All symbols decayed alike. *)
Theorem context_recurrence__against_same_age :
  ~ (
  forall (n : nat) (lambda : R) (c z : sequence),
  lambda > 0 ->
  INR n >= 0 ->
  (forall m : nat, (m < n)%nat -> c m = lambda * c (1 + m)%nat + z m) ->
  c 0%nat = (c n + total n (fun m => z m)) * exp (INR n * ln lambda)).
Proof.
  intros H; specialize (H 2%nat 2 (fun i => match i with O => 3 | 1%nat => 1 | _ => 0 end) (two 1 1)); refuted H.
Qed.

(** What was there before the first symbol left out. *)
Theorem context_recurrence__against_first_context_forgotten :
  ~ (
  forall (n : nat) (lambda : R) (c z : sequence),
  lambda > 0 ->
  INR n >= 0 ->
  (forall m : nat, (m < n)%nat -> c m = lambda * c (1 + m)%nat + z m) ->
  c 0%nat = total n (fun m => z m * exp (INR m * ln lambda))).
Proof. intros H; specialize (H 1%nat 1 (two 1 1) (two 0 0)); refuted H. Qed.

(** A context that does not follow the recurrence. *)
Theorem context_recurrence__against_another_recurrence :
  ~ (
  forall (n : nat) (lambda : R) (c z : sequence),
  lambda > 0 ->
  INR n >= 0 ->
  c 0%nat = c n * exp (INR n * ln lambda) + total n (fun m => z m * exp (INR m * ln lambda))).
Proof. intros H; specialize (H 1%nat 1 (two 5 0) (two 1 0)); refuted H. Qed.

(** ** [retrieval-limit] *)

(** Twice beta in the bound. *)
Theorem retrieval_limit__against_half_the_temperature :
  ~ (
  forall (K : nat) (V beta gap s_best v_best : R) (s v : sequence),
  beta >= 0 ->
  (forall j : nat, (j < K)%nat -> s j <= s_best - gap) ->
  (forall j : nat, (j < K)%nat -> Rabs (v j) <= V) ->
  Rabs v_best <= V ->
  INR K >= 0 ->
  Rabs (v_best - (v_best * exp (beta * s_best) + total K (fun j => v j * exp (beta * s j))) / (total K (fun j => exp
    (beta * s j)) + exp (beta * s_best))) <= 2 * V * INR K * exp (- (2 * beta * gap))).
Proof. intros H; specialize (H 1%nat 1 1 (2 * ln 2) (2 * ln 2) 1 (two 0 0) (two (- 1) 0)); refuted H. Qed.

(** A key that is as good as the best one. *)
Theorem retrieval_limit__against_no_gap :
  ~ (
  forall (K : nat) (V beta gap s_best v_best : R) (s v : sequence),
  beta >= 0 ->
  (forall j : nat, (j < K)%nat -> Rabs (v j) <= V) ->
  Rabs v_best <= V ->
  INR K >= 0 ->
  Rabs (v_best - (v_best * exp (beta * s_best) + total K (fun j => v j * exp (beta * s j))) / (total K (fun j => exp
    (beta * s j)) + exp (beta * s_best))) <= 2 * V * INR K * exp (- (beta * gap))).
Proof. intros H; specialize (H 1%nat 1 1 (2 * ln 2) 0 1 (two 0 0) (two (- 1) 0)); refuted H. Qed.

(** Keys of different norms: the query is the first key, and retrieves the second. *)
Theorem retrieval_limit__against_long_key :
  ~ (
  forall (d : nat) (q x y : sequence),
  dot d x x = 1 ->
  dot d q x - dot d q y = dot d (vadd (vscale (- 1) y) q) (vadd (vscale (- 1) y) q) / 2 - dot d (vadd (vscale (- 1)
    x) q) (vadd (vscale (- 1) x) q) / 2).
Proof. intros H; specialize (H 2%nat (two 1 0) (two 1 0) (two 2 (9 / 10))); refuted H. Qed.

(** ** [storage-join] *)

(** A sum store that is idempotent. *)
Theorem storage_join__against_sum_idempotent :
  ~ (
  forall (W e : R),
  W + 2 * e = W + e).
Proof. intros H; specialize (H 0 1); refuted H. Qed.

(** A store that keeps what came last. *)
Theorem storage_join__against_last_one :
  ~ (
  forall (e f : R),
  f = e).
Proof. intros H; specialize (H 1 2); refuted H. Qed.

(** What is stored exceeds the bound. *)
Theorem storage_join__against_larger_event :
  ~ (
  forall (B W e : R),
  W <= B ->
  join W e <= B).
Proof. intros H; specialize (H 0 0 1); refuted H. Qed.

(** Keys and values exchanged. *)
Theorem storage_join__against_transposed :
  ~ (
  forall (K d : nat) (q x : sequence) (A D : matrix),
  dot d q (apply d (mmul K D A) x) = dot K (apply d (transpose D) x) (apply d A q)).
Proof.
  intros H; specialize (H 1%nat 2%nat (two 1 0) (two 0 1) (fun _ => two 0 1) (fun i _ => two 1 0 i)); refuted H.
Qed.

(** ** [decoding-argmax] *)

(** Codes of different norms, by distance. *)
Theorem decoding_argmax__against_longer_code :
  ~ (
  forall (d : nat) (q x y : sequence),
  (dot d q y < dot d q x <-> dot d (vadd (vscale (- 1) x) q) (vadd (vscale (- 1) x) q) < dot d (vadd (vscale (- 1)
    y) q) (vadd (vscale (- 1) y) q))).
Proof. intros H; specialize (H 2%nat (two 1 0) (two 1 0) (two 2 3)); refuted H. Qed.

(** Codes of different norms, by cosine. *)
Theorem decoding_argmax__against_longer_code_by_cosine :
  ~ (
  forall (d : nat) (q x y : sequence),
  sqrt (dot d x x) > 0 ->
  sqrt (dot d q q) > 0 ->
  (dot d q y < dot d q x <-> dot d q y / sqrt (dot d q q) / sqrt (dot d y y) < dot d q x / sqrt (dot d q q) / sqrt
    (dot d x x))).
Proof. intros H; specialize (H 2%nat (two 1 0) (two 1 0) (two 3 4)); refuted H. Qed.

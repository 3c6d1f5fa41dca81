(** Group G, spiking neurons: what latency a neuron computes, and how far it can move.

    Main results: nlif-closed-form, nlif-gradient, nlif-log-sum-exp, wheel-latency, nlif-nonexpansive,
    nlif-published-bound, nlif-weights-add.
    Hypotheses: as each theorem states them; the number of inputs, weights and times are variables.
    Source: Mostafa 2018; arXiv:2504.14015 (Dold and Petersen 2025); Furber et al. 2007; Crandall and Tartar 1980. *)

Require Import Defs Sums Trig Softmax Indicators Neurons.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [nlif-closed-form]: A neuron without inhibition fires at the least of the closed forms of all sets of its
inputs. *)

Theorem nlif_closed_form__margin :
  forall (n : nat) (T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  total n (fun j => before (t j) T * w j) - theta > 0.
Proof.
  intros n T t_first tau theta t w; apply margin_positive.
Qed.

Theorem nlif_closed_form__closed_form :
  forall (n : nat) (T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  T = tau * ln (total n (fun j => before (t j) T * w j * exp (t j / tau)) / (total n (fun j => before (t j) T * w j)
    - theta)).
Proof.
  intros n T t_first tau theta t w Htau Htheta Hw H Hfirst.
  assert (Hm := margin_positive n t w T t_first tau theta Htau Htheta Hw H Hfirst).
  rewrite (growth_is n t w T tau theta Htau H).
  set (m := total n (fun j => before (t j) T * w j) - theta) in *.
  apply log_by_exp; [exact Htau|..]; replace (m * exp (T / tau) / m) with (exp (T / tau)) by (field; lra);
    [apply exp_pos|reflexivity].
Qed.

Theorem nlif_closed_form__any_set :
  forall (n : nat) (T tau theta : R) (c t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> c j >= 0) ->
  (forall j : nat, (j < n)%nat -> c j <= 1) ->
  (total n (fun j => c j * w j) - theta) * exp (T / tau) <= total n (fun j => c j * w j * exp (t j / tau)).
Proof.
  intros n T tau theta c t w; apply any_set.
Qed.

Theorem nlif_closed_form__least :
  forall (n : nat) (T tau theta : R) (c t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> c j >= 0) ->
  (forall j : nat, (j < n)%nat -> c j <= 1) ->
  total n (fun j => c j * w j) - theta > 0 ->
  T <= tau * ln (total n (fun j => c j * w j * exp (t j / tau)) / (total n (fun j => c j * w j) - theta)).
Proof.
  intros n T tau theta c t w Htau Hw H H0 H1 Hm.
  assert (A := any_set n c t w T tau theta Htau Hw H H0 H1).
  set (m := total n (fun j => c j * w j) - theta) in *.
  set (g := total n (fun j => c j * w j * exp (t j / tau))) in *.
  assert (HE := exp_pos (T / tau)); assert (0 < m * exp (T / tau)) by (apply Rmult_lt_0_compat; lra).
  assert (Hi : 0 < / m) by (apply Rinv_0_lt_compat; lra).
  assert (Hq : g / m > 0) by (apply Rmult_lt_0_compat; lra).
  apply (at_most_by_exp tau); [exact Htau|].
  rewrite (exp_of_log tau _ (g / m) Htau Hq eq_refl).
  apply (Rmult_le_reg_l m); [lra|]; replace (m * (g / m)) with g by (field; lra); exact A.
Qed.

Theorem nlif_closed_form__not_before :
  forall (n : nat) (S_ T t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  S_ < T ->
  total n (fun j => w j * response S_ (t j) tau) < theta.
Proof.
  intros n S_ T t_first tau theta t w Htau Htheta Hw H Hfirst HS.
  set (b := fun j => before (t j) S_); set (r := fun j => exp ((t j - T) / tau)).
  set (later := exp ((T - S_) / tau)); set (lag := exp ((t_first - T) / tau)).
  assert (Hlater : 1 < later).
  { unfold later; rewrite <- exp_0; apply exp_increasing, Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]. }
  assert (Hlag : 0 < lag) by apply exp_pos.
  assert (Hb : forall j, 0 <= b j <= 1) by (intros; apply before_range).
  assert (A : total n (fun j => b j * w j) - total n (fun j => b j * w j * r j) <= theta).
  { apply chosen_below; [exact Htau|exact Hw|exact H|intros j _; specialize (Hb j); lra|intros j _; apply Hb]. }
  assert (B : lag * total n (fun j => b j * w j) <= total n (fun j => b j * w j * r j)).
  { rewrite <- total_scale; apply total_le; intros j Hj; specialize (Hw j Hj); specialize (Hb j).
    assert (L : lag <= r j).
    { apply exp_le, Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|specialize (Hfirst j Hj); lra]. }
    assert (0 <= b j * w j * (r j - lag)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); lra. }
  assert (C : total n (fun j => w j * response S_ (t j) tau)
    = total n (fun j => b j * w j) - later * total n (fun j => b j * w j * r j)).
  { rewrite <- total_scale, <- total_minus; apply total_ext; intros j _; unfold response, b, r, later.
    replace ((t j - S_) / tau) with ((T - S_) / tau + (t j - T) / tau) by (field; lra); rewrite exp_plus; ring. }
  assert (D : 0 <= total n (fun j => b j * w j * r j)).
  { apply total_nonneg; intros j Hj; specialize (Hw j Hj); specialize (Hb j).
    apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, exp_pos]. }
  set (Y := total n (fun j => b j * w j)) in *; set (X := total n (fun j => b j * w j * r j)) in *.
  rewrite C; set (q := (later - 1) * lag); assert (Hq : 0 < q) by (apply Rmult_lt_0_compat; lra).
  assert (E : 0 <= (later - 1) * (X - lag * Y)) by (apply Rmult_le_pos; lra).
  assert (F : 0 <= q * (later * X)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
  apply (Rmult_lt_reg_l (1 + q)); [lra|].
  assert (G : 0 < q * theta) by (apply Rmult_lt_0_compat; lra).
  unfold q in *; lra.
Qed.

Theorem nlif_closed_form__silent :
  forall (n : nat) (S_ t_first tau theta : R) (t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  total n (fun j => w j) <= theta ->
  total n (fun j => w j * response S_ (t j) tau) < theta.
Proof.
  intros n S_ t_first tau theta t w Htau Htheta Hw Hfirst Hsmall.
  set (b := fun j => before (t j) S_); set (lag := exp ((t_first - S_) / tau)).
  assert (Hlag : 0 < lag) by apply exp_pos.
  assert (Hb : forall j, 0 <= b j <= 1) by (intros; apply before_range).
  assert (A : total n (fun j => w j * response S_ (t j) tau) <= (1 - lag) * total n (fun j => b j * w j)).
  { rewrite <- total_scale; apply total_le; intros j Hj; specialize (Hw j Hj); specialize (Hb j); unfold response.
    fold (b j); assert (L : lag <= exp ((t j - S_) / tau)).
    { apply exp_le, Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|specialize (Hfirst j Hj); lra]. }
    assert (0 <= b j * w j * (exp ((t j - S_) / tau) - lag)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); lra. }
  assert (B : total n (fun j => w j * response S_ (t j) tau) <= total n (fun j => b j * w j)).
  { apply total_le; intros j Hj; specialize (Hw j Hj); specialize (Hb j); unfold response; fold (b j).
    assert (0 <= b j * w j * exp ((t j - S_) / tau))
      by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, exp_pos]); lra. }
  assert (C : total n (fun j => b j * w j) <= total n w).
  { apply total_le; intros j Hj; specialize (Hw j Hj); specialize (Hb j).
    assert (0 <= (1 - b j) * w j) by (apply Rmult_le_pos; lra); lra. }
  change (total n (fun j => w j)) with (total n w) in Hsmall.
  set (V := total n (fun j => w j * response S_ (t j) tau)) in *; set (Y := total n (fun j => b j * w j)) in *.
  apply (Rmult_lt_reg_l (1 + lag)); [lra|].
  assert (0 <= lag * (Y - V)) by (apply Rmult_le_pos; lra).
  assert (0 < lag * theta) by (apply Rmult_lt_0_compat; lra); lra.
Qed.

Theorem nlif_closed_form__fires_by :
  forall (n : nat) (S_ tau theta : R) (t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  total n (fun j => w j) - theta > 0 ->
  S_ = tau * ln (total n (fun j => w j * exp (t j / tau)) / (total n (fun j => w j) - theta)) ->
  total n (fun j => w j * response S_ (t j) tau) >= theta.
Proof.
  intros n S_ tau theta t w Htau Hw Hm HS.
  set (m := total n (fun j => w j) - theta) in *; set (g := total n (fun j => w j * exp (t j / tau))) in *.
  assert (V : total n (fun j => w j * (1 - exp ((t j - S_) / tau))) <= total n (fun j => w j * response S_ (t j) tau)).
  { apply total_le; intros j Hj; apply Rmult_le_compat_l; [specialize (Hw j Hj); lra|].
    apply response_above, Htau. }
  assert (E : total n (fun j => w j * (1 - exp ((t j - S_) / tau))) = total n (fun j => w j) - g * / exp (S_ / tau)).
  { unfold g; rewrite <- (decayed_sum n w) by exact Htau; rewrite <- total_minus; apply total_ext; intros; ring. }
  destruct (Rlt_le_dec 0 g) as [Hg|Hg].
  - assert (Hq : g / m > 0) by (apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
    assert (HE := exp_of_log tau S_ (g / m) Htau Hq HS); rewrite HE in E.
    replace (g * / (g / m)) with m in E by (field; lra); unfold m in E; lra.
  - assert (H0 : 0 <= total n (fun j => w j * response S_ (t j) tau)).
    { apply total_nonneg; intros j Hj; apply Rmult_le_pos; [specialize (Hw j Hj); lra|apply response_nonneg, Htau]. }
    assert (Z : total n (fun j => w j) = 0).
    { apply total_zero; intros j Hj; apply Rle_antisym; [|specialize (Hw j Hj); lra].
      assert (P := exp_pos (t j / tau)); apply (Rmult_le_reg_r (exp (t j / tau))); [exact P|].
      rewrite Rmult_0_l; apply (Rle_trans _ g); [|exact Hg].
      apply (total_term n (fun j => w j * exp (t j / tau))); [|exact Hj].
      intros i Hi; apply Rmult_le_pos; [specialize (Hw i Hi); lra|apply Rlt_le, exp_pos]. }
    unfold m in Hm; lra.
Qed.

(** [nlif-gradient]: On a causal piece the gradient in the times is a softmax, and every finite change has a closed
form. *)

Theorem nlif_gradient__shares :
  forall (n : nat) (T tau theta : R) (c t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * w j * exp ((t j - T) / tau) / (total n (fun j => c j * w j) - theta)) = 1.
Proof.
  intros n T tau theta c t w Htau Hm HT; unfold Rdiv at 1; rewrite total_scale_r.
  rewrite (decayed_sum n (fun j => c j * w j)), HT by exact Htau; field.
  repeat split; generalize (exp_pos (T / tau)); lra.
Qed.

Theorem nlif_gradient__moved_times :
  forall (n : nat) (S_ T tau theta : R) (c s t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = total n (fun j => c j * w j * exp ((t j - T) / tau) * exp ((s j - t j) / tau) / (total n
    (fun j => c j * w j) - theta)).
Proof.
  intros n S_ T tau theta c s t w; apply piece_moved.
Qed.

Theorem nlif_gradient__moved_times_above :
  forall (n : nat) (S_ T tau theta : R) (c s t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  S_ - T <= tau * (total n (fun j => c j * w j * exp ((t j - T) / tau) * exp ((s j - t j) / tau) / (total n (fun j
    => c j * w j) - theta)) - 1).
Proof.
  intros n S_ T tau theta c s t w Htau Hm HS.
  apply below_its_log; [exact Htau|apply piece_moved; assumption].
Qed.

Theorem nlif_gradient__moved_times_below :
  forall (n : nat) (S_ T tau theta : R) (c s t w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  T - S_ <= tau * (1 / total n (fun j => c j * w j * exp ((t j - T) / tau) * exp ((s j - t j) / tau) / (total n (fun
    j => c j * w j) - theta)) - 1).
Proof.
  intros n S_ T tau theta c s t w Htau Hm HS; apply below_its_log; [exact Htau|].
  rewrite <- (piece_moved n S_ T tau theta c s t w) by assumption; symmetry; apply exp_opposite, Htau.
Qed.

Theorem nlif_gradient__moved_weights :
  forall (n : nat) (S_ T tau theta : R) (c t v w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * v j) - theta > 0 ->
  total n (fun j => c j * v j * exp (t j / tau)) = (total n (fun j => c j * v j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = (1 + total n (fun j => (v j - w j) * c j * exp ((t j - T) / tau)) / (total n (fun j => c j
    * w j) - theta)) / (1 + total n (fun j => (v j - w j) * c j) / (total n (fun j => c j * w j) - theta)).
Proof.
  intros n S_ T tau theta c t v w; apply piece_reweighted.
Qed.

Theorem nlif_gradient__moved_weights_above :
  forall (n : nat) (S_ T tau theta : R) (c t v w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * v j) - theta > 0 ->
  total n (fun j => c j * v j * exp (t j / tau)) = (total n (fun j => c j * v j) - theta) * exp (S_ / tau) ->
  S_ - T <= tau * ((1 + total n (fun j => (v j - w j) * c j * exp ((t j - T) / tau)) / (total n (fun j => c j * w j)
    - theta)) / (1 + total n (fun j => (v j - w j) * c j) / (total n (fun j => c j * w j) - theta)) - 1).
Proof.
  intros n S_ T tau theta c t v w Htau Hm HT Hk HS.
  apply below_its_log; [exact Htau|apply piece_reweighted; assumption].
Qed.

Theorem nlif_gradient__moved_weights_below :
  forall (n : nat) (S_ T tau theta : R) (c t v w : sequence),
  tau > 0 ->
  total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * v j) - theta > 0 ->
  total n (fun j => c j * v j * exp (t j / tau)) = (total n (fun j => c j * v j) - theta) * exp (S_ / tau) ->
  T - S_ <= tau * ((1 + total n (fun j => (v j - w j) * c j) / (total n (fun j => c j * w j) - theta)) / (1 + total
    n (fun j => (v j - w j) * c j * exp ((t j - T) / tau)) / (total n (fun j => c j * w j) - theta)) - 1).
Proof.
  intros n S_ T tau theta c t v w Htau Hm HT Hk HS.
  assert (H := piece_reweighted n S_ T tau theta c t v w Htau Hm HT Hk HS).
  apply below_its_log; [exact Htau|]; rewrite <- exp_opposite by exact Htau; rewrite H.
  assert (P := exp_pos ((S_ - T) / tau)); rewrite H in P; unfold Rdiv at 1 in P.
  apply Rinv_quotient; intros Z; rewrite Z in P.
  - rewrite Rmult_0_l in P; lra.
  - rewrite Rinv_0, Rmult_0_r in P; lra.
Qed.

(** [nlif-log-sum-exp]: A neuron that needs every input fires at their log-sum-exp: the normaliser of softmax in one
spike. *)

Theorem nlif_log_sum_exp__fires :
  forall (n : nat) (T tau theta : R) (t w : sequence),
  tau > 0 ->
  total n (fun j => w j) - theta > 0 ->
  (forall j : nat, (j < n)%nat -> total n (fun j => w j) - theta <= w j) ->
  total n (fun j => w j * exp (t j / tau)) = (total n (fun j => w j) - theta) * exp (T / tau) ->
  total n (fun j => w j * response T (t j) tau) = theta.
Proof.
  intros n T tau theta t w; apply all_needed.
Qed.

Theorem nlif_log_sum_exp__unit_weights :
  forall (n : nat) (T tau : R) (t : sequence),
  tau > 0 ->
  INR n >= 1 ->
  T = tau * ln (total n (fun j => exp (t j / tau))) ->
  total n (fun j => response T (t j) tau) = INR n - 1.
Proof.
  intros n T tau t Htau Hn HT; apply at_least_one in Hn.
  assert (HW : total n (fun _ => 1) - (INR n - 1) = 1) by (rewrite total_const; ring).
  assert (HG : 0 < total n (fun j => exp (t j / tau))) by (apply total_pos; [exact Hn|intros; apply exp_pos]).
  rewrite (total_ext n (fun j => response T (t j) tau) (fun j => 1 * response T (t j) tau)) by (intros; ring).
  apply (all_needed n T tau (INR n - 1) t (fun _ => 1) Htau); cbv beta; rewrite ?HW; [lra|intros; lra|].
  rewrite (total_ext n _ (fun j => exp (t j / tau))) by (intros; ring).
  rewrite (exp_of_log tau T _ Htau HG HT); ring.
Qed.

Theorem nlif_log_sum_exp__softmax :
  forall (n : nat) (T tau : R) (t : sequence),
  tau > 0 ->
  INR n >= 1 ->
  T = tau * ln (total n (fun j => exp (t j / tau))) ->
  (forall j : nat, (j < n)%nat -> exp ((t j - T) / tau) = exp (t j / tau) / total n (fun j => exp (t j / tau))).
Proof.
  intros n T tau t Htau Hn HT j Hj; apply at_least_one in Hn.
  assert (HG : 0 < total n (fun j => exp (t j / tau))) by (apply total_pos; [exact Hn|intros; apply exp_pos]).
  rewrite exp_split by exact Htau; rewrite (exp_of_log tau T _ Htau HG HT); reflexivity.
Qed.

(** [wheel-latency]: On a wheel of neurons the first to fire has the largest dot product, if the threshold is high
enough. *)

Theorem wheel_latency__latency :
  forall (n : nat) (T m t0 theta : R) (t u x : sequence),
  m > 0 ->
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  (forall j : nat, (j < n)%nat -> t j <= T) ->
  T = t0 + (theta - total n (fun j => u j * x j)) / m.
Proof.
  intros n T m t0 theta t u x Hm H Ht; rewrite H, arrived_sum by exact Ht; field; lra.
Qed.

Theorem wheel_latency__order :
  forall (n : nat) (S_ T m t0 theta : R) (t u v x : sequence),
  m > 0 ->
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  theta = m * (S_ - t0) + total n (fun j => (1 - before S_ (t j)) * v j * x j) ->
  (forall j : nat, (j < n)%nat -> t j <= T) ->
  (forall j : nat, (j < n)%nat -> t j <= S_) ->
  (T < S_ <-> total n (fun j => v j * x j) < total n (fun j => u j * x j)).
Proof.
  intros n S_ T m t0 theta t u v x Hm HT HS Ht Hs.
  rewrite arrived_sum in HT by exact Ht; rewrite arrived_sum in HS by exact Hs.
  assert (E : m * (S_ - T) = total n (fun j => u j * x j) - total n (fun j => v j * x j)) by lra.
  split; intros H.
  - assert (0 < m * (S_ - T)) by (apply Rmult_lt_0_compat; lra); lra.
  - apply Rminus_gt_0_lt, (Rmult_lt_reg_l m); lra.
Qed.

Theorem wheel_latency__high_enough :
  forall (n : nat) (T m t0 t_last theta : R) (t u x : sequence),
  m > 0 ->
  (forall j : nat, (j < n)%nat -> u j * x j >= 0) ->
  theta = m * (T - t0) + total n (fun j => (1 - before T (t j)) * u j * x j) ->
  m * (t_last - t0) + total n (fun j => u j * x j) <= theta ->
  T >= t_last.
Proof.
  intros n T m t0 t_last theta t u x Hm Hu H Hhigh.
  assert (L : total n (fun j => (1 - before T (t j)) * u j * x j) <= total n (fun j => u j * x j)).
  { apply total_le; intros j Hj; specialize (Hu j Hj); destruct (before_range T (t j)) as [B _].
    assert (0 <= before T (t j) * (u j * x j)) by (apply Rmult_le_pos; lra); lra. }
  apply Rle_ge, Rminus_le, (Rmult_le_reg_l m); lra.
Qed.

(** [nlif-nonexpansive]: Without inhibition a latency moves by no more than the times: whatever pieces they cross,
and in any depth. *)

Theorem nlif_nonexpansive__later :
  forall (n : nat) (D S_ T t_first tau theta : R) (s t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  S_ <= D + T.
Proof.
  intros n D S_ T t_first tau theta s t w; apply later_by.
Qed.

Theorem nlif_nonexpansive__latency :
  forall (n : nat) (D S_ T t_first tau theta : R) (s t w : sequence),
  tau > 0 ->
  theta > 0 ->
  (forall j : nat, (j < n)%nat -> w j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> t_first <= t j) ->
  (forall j : nat, (j < n)%nat -> t_first <= s j) ->
  (forall j : nat, (j < n)%nat -> Rabs (s j - t j) <= D) ->
  Rabs (S_ - T) <= D.
Proof.
  intros n D S_ T t_first tau theta s t w Htau Htheta Hw HT HS Ht Hs Hd; apply Rabs_le; split.
  - assert (H := later_by n D T S_ t_first tau theta t s w Htau Htheta Hw HS HT Hs).
    assert (K : T <= D + S_); [|lra].
    apply H; intros j Hj; specialize (Hd j Hj); apply Rabs_def2_le in Hd; lra.
  - assert (H := later_by n D S_ T t_first tau theta s t w Htau Htheta Hw HT HS Ht).
    assert (K : S_ <= D + T); [|lra].
    apply H; intros j Hj; specialize (Hd j Hj); apply Rabs_def2_le in Hd; lra.
Qed.

Theorem nlif_nonexpansive__translation :
  forall (n : nat) (D T tau : R) (t w : sequence),
  tau > 0 ->
  total n (fun j => w j * response (D + T) (D + t j) tau) = total n (fun j => w j * response T (t j) tau).
Proof.
  intros n D T tau t w Htau; apply total_ext; intros j _; unfold response; f_equal; f_equal.
  - apply before_iff; split; intros; lra.
  - f_equal; f_equal; f_equal; ring.
Qed.

(** [nlif-published-bound]: On one causal piece times and weights have the Lipschitz constant |C| max(W, tau)/delta,
without a factor 2. *)

Theorem nlif_published_bound__gradient :
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (w j) <= K) ->
  tau <= K ->
  delta > 0 ->
  total n (fun j => before (t j) T * w j) - theta >= delta ->
  total n (fun j => (tau * (1 - exp ((t j - T) / tau)) + Rabs (w j) * exp ((t j - T) / tau)) * before (t j) T) /
    (total n (fun j => before (t j) T * w j) - theta) <= K * total n (fun j => before (t j) T) / delta.
Proof.
  intros n K T delta tau theta t w Htau Hw HK Hd Hm.
  set (m := total n (fun j => before (t j) T * w j) - theta) in *.
  set (N := total n (fun j => before (t j) T)).
  match goal with |- ?X / m <= _ => set (x := X) end.
  assert (L : x <= K * N).
  { unfold x, N; rewrite <- total_scale; apply total_le; intros j Hj; apply one_share; auto. }
  assert (HN : 0 <= N) by (apply total_nonneg; intros; apply before_range).
  assert (0 <= K * N) by (apply Rmult_le_pos; lra).
  apply (Rle_trans _ (K * N / m)).
  - apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|exact L].
  - apply Rmult_le_compat_l; [assumption|apply Rinv_le_contravar; lra].
Qed.

Theorem nlif_published_bound__attained :
  forall (n : nat) (T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  delta > 0 ->
  total n (fun j => before (t j) T * w j) - theta >= delta ->
  (forall j : nat, (j < n)%nat -> w j = tau) ->
  total n (fun j => (tau * (1 - exp ((t j - T) / tau)) + Rabs (w j) * exp ((t j - T) / tau)) * before (t j) T) /
    (total n (fun j => before (t j) T * w j) - theta) = tau * total n (fun j => before (t j) T) / (total n (fun j =>
    before (t j) T * w j) - theta).
Proof.
  intros n T delta tau theta t w Htau Hd Hm Hw; f_equal.
  rewrite <- total_scale; apply total_ext; intros j Hj.
  rewrite (Hw j Hj), Rabs_right by lra; ring.
Qed.

Theorem nlif_published_bound__at_least_1 :
  forall (n : nat) (K T delta tau theta : R) (t w : sequence),
  tau > 0 ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j : nat, (j < n)%nat -> Rabs (w j) <= K) ->
  tau <= K ->
  delta > 0 ->
  total n (fun j => before (t j) T * w j) - theta >= delta ->
  K * total n (fun j => before (t j) T) / delta >= 1.
Proof.
  intros n K T delta tau theta t w Htau H Hw HK Hd Hm.
  set (N := total n (fun j => before (t j) T)).
  assert (L : total n (fun j => before (t j) T * w j) - theta <= K * N).
  { rewrite (margin_is n t w T tau theta H); unfold N; rewrite <- total_scale; apply total_le; intros j Hj.
    assert (P := one_share K T tau (t j) (w j) Htau (Hw j Hj) HK).
    destruct (before_range (t j) T) as [B _]; assert (E := exp_pos ((t j - T) / tau)).
    assert (0 <= before (t j) T * exp ((t j - T) / tau) * (Rabs (w j) - w j)).
    { apply Rmult_le_pos; [apply Rmult_le_pos; lra|generalize (Rle_abs (w j)); lra]. }
    assert (R := response_nonneg T (t j) tau Htau); unfold response in R.
    assert (0 <= tau * (before (t j) T * (1 - exp ((t j - T) / tau)))) by (apply Rmult_le_pos; lra).
    lra. }
  apply Rle_ge, (Rmult_le_reg_r delta); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra.
Qed.

(** [nlif-weights-add]: Without inhibition the Lipschitz constants of the weights add over layers; they do not
multiply. *)

Theorem nlif_weights_add__layer :
  forall (n : nat) (D E S_ T delta tau theta : R) (s t v w : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> v j >= 0) ->
  theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => v j * response S_ (s j) tau) ->
  (forall j : nat, (j < n)%nat -> s j <= D + t j) ->
  (forall j : nat, (j < n)%nat -> Rabs (v j - w j) <= E) ->
  delta > 0 ->
  total n (fun j => before (t j) T * v j) - theta >= delta ->
  S_ <= D + T + E * tau * total n (fun j => before (t j) T) / delta.
Proof.
  intros n D E S_ T delta tau theta s t v w Htau Hv HT HS Hs Hnear Hd Hm.
  set (b := fun j => before (t j) T); set (r := fun j => exp ((t j - T) / tau)).
  assert (Hb : forall j, 0 <= b j <= 1) by (intros; apply before_range).
  set (N := total n (fun j => before (t j) T)).
  set (m := total n (fun j => before (t j) T * v j) - theta) in *.
  assert (A := any_set n b s v S_ tau theta Htau Hv HS
    (fun j _ => Rle_ge _ _ (proj1 (Hb j))) (fun j _ => proj2 (Hb j))).
  assert (B := moved_growth n b s t v D T tau Htau (fun j _ => proj1 (Hb j)) Hv Hs).
  assert (C : total n (fun j => b j * v j * r j) <= m + E * N).
  { replace (m + E * N) with (total n (fun j => b j * v j) + E * N - total n (fun j => w j * response T (t j) tau))
      by (unfold m, b; rewrite HT; ring).
    unfold N; rewrite <- total_scale, <- total_plus, <- total_minus; apply total_le; intros j Hj.
    unfold response; fold (b j) (r j); specialize (Hnear j Hj); apply Rabs_def2_le in Hnear; specialize (Hb j).
    assert (R := response_nonneg T (t j) tau Htau); unfold response in R; fold (b j) (r j) in R.
    assert (Hr : 0 < r j) by apply exp_pos.
    assert (0 <= b j * (1 - r j) * (v j - w j + E)) by (apply Rmult_le_pos; lra).
    assert (0 <= b j * r j * E) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); lra. }
  assert (HEN : 0 <= E * N).
  { unfold N; rewrite <- total_scale; apply total_nonneg; intros j Hj; specialize (Hnear j Hj).
    apply Rmult_le_pos; [generalize (Rabs_pos (v j - w j)); lra|apply before_range]. }
  assert (HG := exp_pos ((D + T) / tau)); set (G := exp ((D + T) / tau)) in *.
  assert (F : m * exp (S_ / tau) <= G * (m + E * N)).
  { apply (Rle_trans _ _ _ A), (Rle_trans _ _ _ B), Rmult_le_compat_l; [lra|exact C]. }
  assert (Hx : 1 + E * N / delta <= exp (E * N / delta)) by apply tangent.
  assert (Hs1 : m + E * N <= m * exp (E * N / delta)).
  { apply (Rle_trans _ (m * (1 + E * N / delta))); [|apply Rmult_le_compat_l; lra].
    replace (m * (1 + E * N / delta)) with (m + E * N * (m * / delta)) by (field; lra).
    apply Rplus_le_compat_l; rewrite <- (Rmult_1_r (E * N)) at 1; apply Rmult_le_compat_l; [exact HEN|].
    apply (Rmult_le_reg_r delta); [lra|]; rewrite Rmult_assoc, Rinv_l by lra; lra. }
  change (S_ <= D + T + E * tau * N / delta); apply (at_most_by_exp tau); [exact Htau|].
  replace (exp ((D + T + E * tau * N / delta) / tau)) with (G * exp (E * N / delta))
    by (unfold G; rewrite <- exp_plus; f_equal; field; lra).
  apply (Rmult_le_reg_l m); [lra|]; apply (Rle_trans _ _ _ F).
  assert (0 <= G * (m * exp (E * N / delta) - (m + E * N))) by (apply Rmult_le_pos; lra); lra.
Qed.

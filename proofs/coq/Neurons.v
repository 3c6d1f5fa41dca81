(** Neurons with exponential synapses: what the proofs of group G use.

    Main results: tangent, at_most_by_exp, response_nonneg, response_above, decayed_sum, chosen_below, any_set,
    margin_positive, moved_growth, piece_moved, piece_reweighted, all_needed, later_by, one_share, arrived_sum. *)

Require Import Defs Sums.
From Coq Require Import Reals Lia Lra.

Open Scope R_scope.

(** ** The exponential *)

Lemma tangent x : 1 + x <= exp x.
Proof. destruct (Req_dec x 0) as [->|H]; [rewrite exp_0; lra|apply Rlt_le, exp_ineq1, H]. Qed.

Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof. intros [H| ->]; [apply Rlt_le, exp_increasing, H|lra]. Qed.

Lemma at_most_by_exp tau x y : tau > 0 -> exp (x / tau) <= exp (y / tau) -> x <= y.
Proof.
  intros Htau H; apply Rnot_lt_le; intros K; apply (Rle_not_lt _ _ H), exp_increasing.
  apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; lra|exact K].
Qed.

Lemma equal_by_exp tau x y : tau > 0 -> exp (x / tau) = exp (y / tau) -> x = y.
Proof. intros Htau H; apply Rle_antisym; apply (at_most_by_exp tau); rewrite ?H; lra. Qed.

Lemma exp_of_log tau x y : tau > 0 -> y > 0 -> x = tau * ln y -> exp (x / tau) = y.
Proof. intros Htau Hy ->; replace (tau * ln y / tau) with (ln y) by (field; lra); apply exp_ln; lra. Qed.

Lemma log_by_exp tau x y : tau > 0 -> y > 0 -> exp (x / tau) = y -> x = tau * ln y.
Proof. intros Htau Hy <-; rewrite ln_exp; field; lra. Qed.

Lemma below_its_log tau x y : tau > 0 -> exp (x / tau) = y -> x <= tau * (y - 1).
Proof.
  intros Htau <-; assert (H := tangent (x / tau)).
  replace x with (tau * (x / tau)) at 1 by (field; lra); apply Rmult_le_compat_l; lra.
Qed.

Lemma exp_split x y tau : tau > 0 -> exp ((x - y) / tau) = exp (x / tau) * / exp (y / tau).
Proof.
  intros H; replace ((x - y) / tau) with (x / tau + - (y / tau)) by (field; lra).
  rewrite exp_plus, exp_Ropp; ring.
Qed.

Lemma exp_sum x y tau : tau > 0 -> exp ((x + y) / tau) = exp (x / tau) * exp (y / tau).
Proof. intros H; rewrite <- exp_plus; f_equal; field; lra. Qed.

(** ** The kernel *)

Lemma before_range x y : 0 <= before x y <= 1.
Proof. unfold before; destruct (Rlt_dec x y); lra. Qed.

Lemma ratio_nonneg x tau : tau > 0 -> 0 <= x -> 0 <= x / tau.
Proof. intros H K; apply Rmult_le_pos; [exact K|apply Rlt_le, Rinv_0_lt_compat; lra]. Qed.

Lemma decayed_at_most_1 s t tau : tau > 0 -> t <= s -> exp ((t - s) / tau) <= 1.
Proof.
  intros H K; rewrite <- exp_0; apply exp_le.
  replace ((t - s) / tau) with (- ((s - t) / tau)) by (field; lra).
  assert (L := ratio_nonneg (s - t) tau H ltac:(lra)); lra.
Qed.

Lemma response_nonneg s t tau : tau > 0 -> 0 <= response s t tau.
Proof.
  intros H; unfold response, before; destruct (Rlt_dec t s) as [K|K]; [|lra].
  assert (L := decayed_at_most_1 s t tau H ltac:(lra)); lra.
Qed.

Lemma response_above s t tau : tau > 0 -> 1 - exp ((t - s) / tau) <= response s t tau.
Proof.
  intros H; unfold response, before; destruct (Rlt_dec t s) as [K|K]; [lra|].
  assert (L := tangent ((t - s) / tau)); assert (M := ratio_nonneg (t - s) tau H ltac:(lra)); lra.
Qed.

(** ** Sums over the inputs *)

Lemma decayed_sum n f t T tau : tau > 0 ->
  total n (fun j => f j * exp ((t j - T) / tau)) = total n (fun j => f j * exp (t j / tau)) * / exp (T / tau).
Proof.
  intros H; rewrite <- total_scale_r; apply total_ext; intros j _; rewrite exp_split by exact H; ring.
Qed.

(** Inputs that a set chooses contribute no more than all do. *)
Lemma chosen_below n c t w T tau theta : tau > 0 ->
  (forall j, (j < n)%nat -> w j >= 0) -> theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j, (j < n)%nat -> c j >= 0) -> (forall j, (j < n)%nat -> c j <= 1) ->
  total n (fun j => c j * w j) - total n (fun j => c j * w j * exp ((t j - T) / tau)) <= theta.
Proof.
  intros Htau Hw -> H0 H1; rewrite <- total_minus; apply total_le; intros j Hj.
  assert (A := response_nonneg T (t j) tau Htau); assert (B := response_above T (t j) tau Htau).
  specialize (Hw j Hj); specialize (H0 j Hj); specialize (H1 j Hj).
  assert (0 <= (1 - c j) * (w j * response T (t j) tau)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
  assert (0 <= c j * w j * (response T (t j) tau - (1 - exp ((t j - T) / tau))))
    by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|lra]).
  lra.
Qed.

Lemma any_set n c t w T tau theta : tau > 0 ->
  (forall j, (j < n)%nat -> w j >= 0) -> theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j, (j < n)%nat -> c j >= 0) -> (forall j, (j < n)%nat -> c j <= 1) ->
  (total n (fun j => c j * w j) - theta) * exp (T / tau) <= total n (fun j => c j * w j * exp (t j / tau)).
Proof.
  intros Htau Hw Htheta H0 H1; assert (H := chosen_below n c t w T tau theta Htau Hw Htheta H0 H1).
  rewrite (decayed_sum n (fun j => c j * w j)) in H by exact Htau.
  assert (HE := exp_pos (T / tau)).
  apply (Rmult_le_reg_r (/ exp (T / tau))); [apply Rinv_0_lt_compat, HE|].
  rewrite Rmult_assoc, Rinv_r by lra; lra.
Qed.

(** The margin of the causal set is what it has still to deliver. *)
Lemma margin_is n t w T tau theta : theta = total n (fun j => w j * response T (t j) tau) ->
  total n (fun j => before (t j) T * w j) - theta = total n (fun j => before (t j) T * w j * exp ((t j - T) / tau)).
Proof.
  intros ->; rewrite <- total_minus; apply total_ext; intros j _; unfold response; ring.
Qed.

Lemma growth_is n t w T tau theta : tau > 0 -> theta = total n (fun j => w j * response T (t j) tau) ->
  total n (fun j => before (t j) T * w j * exp (t j / tau))
  = (total n (fun j => before (t j) T * w j) - theta) * exp (T / tau).
Proof.
  intros Htau H; rewrite (margin_is n t w T tau theta H), decayed_sum by exact Htau.
  rewrite Rmult_assoc, Rinv_l; [ring|generalize (exp_pos (T / tau)); lra].
Qed.

Lemma margin_positive n t w T t_first tau theta : tau > 0 -> theta > 0 ->
  (forall j, (j < n)%nat -> w j >= 0) -> theta = total n (fun j => w j * response T (t j) tau) ->
  (forall j, (j < n)%nat -> t_first <= t j) -> total n (fun j => before (t j) T * w j) - theta > 0.
Proof.
  intros Htau Htheta Hw H Hfirst; rewrite (margin_is n t w T tau theta H).
  set (lag := exp ((t_first - T) / tau)); assert (Hlag : 0 < lag) by apply exp_pos.
  apply Rlt_gt, (Rlt_le_trans _ (lag * theta)); [apply Rmult_lt_0_compat; lra|].
  rewrite H, <- total_scale; apply total_le; intros j Hj.
  specialize (Hw j Hj); specialize (Hfirst j Hj); unfold response.
  destruct (before_range (t j) T) as [B _]; set (b := before (t j) T) in *.
  assert (L : lag <= exp ((t j - T) / tau)).
  { apply exp_le, Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (0 <= w j * b * (exp ((t j - T) / tau) - lag)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
  assert (0 <= lag * (w j * b * exp ((t j - T) / tau))).
  { apply Rmult_le_pos; [lra|apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, exp_pos]]. }
  lra.
Qed.

(** What a set has grown if no time is later by more than D. *)
Lemma moved_growth n b s t v D T tau : tau > 0 ->
  (forall j, (j < n)%nat -> 0 <= b j) -> (forall j, (j < n)%nat -> v j >= 0) ->
  (forall j, (j < n)%nat -> s j <= D + t j) ->
  total n (fun j => b j * v j * exp (s j / tau))
  <= exp ((D + T) / tau) * total n (fun j => b j * v j * exp ((t j - T) / tau)).
Proof.
  intros Htau Hb Hv Hs; rewrite <- total_scale; apply total_le; intros j Hj.
  replace (exp ((D + T) / tau) * (b j * v j * exp ((t j - T) / tau))) with (b j * v j * exp ((D + t j) / tau)).
  - specialize (Hb j Hj); specialize (Hv j Hj); specialize (Hs j Hj).
    apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|].
    apply exp_le, Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra.
  - replace ((D + t j) / tau) with ((D + T) / tau + (t j - T) / tau) by (field; lra); rewrite exp_plus; ring.
Qed.

(** ** One causal piece, with weights of either sign *)

Lemma exp_opposite x y tau : tau > 0 -> 1 / exp ((x - y) / tau) = exp ((y - x) / tau).
Proof.
  intros H; replace ((y - x) / tau) with (- ((x - y) / tau)) by (field; lra).
  rewrite exp_Ropp; unfold Rdiv; ring.
Qed.

Lemma Rinv_quotient x y : x <> 0 -> y <> 0 -> 1 / (x / y) = y / x.
Proof. intros; field; auto. Qed.

Lemma quotient_pos x y : x > 0 -> y > 0 -> x / y > 0.
Proof. intros; apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]. Qed.

Lemma piece_moved n S_ T tau theta c s t w : tau > 0 -> total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (s j / tau)) = (total n (fun j => c j * w j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = total n (fun j => c j * w j * exp ((t j - T) / tau) * exp ((s j - t j) / tau)
    / (total n (fun j => c j * w j) - theta)).
Proof.
  intros Htau Hm HS; set (m := total n (fun j => c j * w j) - theta) in *.
  unfold Rdiv at 2; rewrite total_scale_r.
  rewrite (total_ext n _ (fun j => c j * w j * exp ((s j - T) / tau))).
  - rewrite (decayed_sum n (fun j => c j * w j)), exp_split, HS by exact Htau; field.
    repeat split; generalize (exp_pos (T / tau)); lra.
  - intros j _; rewrite Rmult_assoc, <- exp_plus; f_equal; f_equal; field; lra.
Qed.

Lemma piece_reweighted n S_ T tau theta c t v w : tau > 0 -> total n (fun j => c j * w j) - theta > 0 ->
  total n (fun j => c j * w j * exp (t j / tau)) = (total n (fun j => c j * w j) - theta) * exp (T / tau) ->
  total n (fun j => c j * v j) - theta > 0 ->
  total n (fun j => c j * v j * exp (t j / tau)) = (total n (fun j => c j * v j) - theta) * exp (S_ / tau) ->
  exp ((S_ - T) / tau) = (1 + total n (fun j => (v j - w j) * c j * exp ((t j - T) / tau))
    / (total n (fun j => c j * w j) - theta)) / (1 + total n (fun j => (v j - w j) * c j)
    / (total n (fun j => c j * w j) - theta)).
Proof.
  intros Htau Hm HT Hk HS; rewrite (decayed_sum n (fun j => (v j - w j) * c j)), exp_split by exact Htau.
  rewrite (total_ext n (fun j => (v j - w j) * c j * exp (t j / tau))
    (fun j => c j * v j * exp (t j / tau) - c j * w j * exp (t j / tau))) by (intros; ring).
  rewrite (total_ext n (fun j => (v j - w j) * c j) (fun j => c j * v j - c j * w j)) by (intros; ring).
  rewrite !total_minus, HT, HS; field; generalize (exp_pos (T / tau)); intros; repeat split; lra.
Qed.

(** ** A neuron that needs every input *)

Lemma all_needed n T tau theta t w : tau > 0 -> total n (fun j => w j) - theta > 0 ->
  (forall j, (j < n)%nat -> total n (fun j => w j) - theta <= w j) ->
  total n (fun j => w j * exp (t j / tau)) = (total n (fun j => w j) - theta) * exp (T / tau) ->
  total n (fun j => w j * response T (t j) tau) = theta.
Proof.
  intros Htau Hm Hw HT; assert (HE := exp_pos (T / tau)).
  rewrite (total_ext n _ (fun j => w j - w j * exp ((t j - T) / tau))).
  - rewrite total_minus, (decayed_sum n w), HT by exact Htau; change (total n w) with (total n (fun j => w j)).
    field; lra.
  - intros j Hj; unfold response, before; destruct (Rlt_dec (t j) T) as [H|H]; [ring|].
    assert (K : exp ((t j - T) / tau) = 1); [|rewrite K; ring].
    apply Rle_antisym; [|rewrite <- exp_0; apply exp_le, ratio_nonneg; lra].
    rewrite exp_split by exact Htau; set (m := total n (fun j => w j) - theta) in *.
    assert (L : w j * exp (t j / tau) <= m * exp (T / tau)).
    { rewrite <- HT; apply (total_term n (fun j => w j * exp (t j / tau))); [|exact Hj].
      intros i Hi; specialize (Hw i Hi); apply Rmult_le_pos; [lra|apply Rlt_le, exp_pos]. }
    assert (M : m * exp (t j / tau) <= w j * exp (t j / tau)).
    { apply Rmult_le_compat_r; [apply Rlt_le, exp_pos|auto]. }
    apply (Rmult_le_reg_r (exp (T / tau))); [exact HE|]; rewrite Rmult_assoc, Rinv_l by lra.
    apply (Rmult_le_reg_l m); lra.
Qed.

(** ** Moves of the latency *)

Lemma Rabs_def2_le x y : Rabs x <= y -> - y <= x <= y.
Proof. unfold Rabs; destruct (Rcase_abs x); lra. Qed.

Lemma later_by n D S_ T t_first tau theta s t w : tau > 0 -> theta > 0 ->
  (forall j, (j < n)%nat -> w j >= 0) -> theta = total n (fun j => w j * response T (t j) tau) ->
  theta = total n (fun j => w j * response S_ (s j) tau) -> (forall j, (j < n)%nat -> t_first <= t j) ->
  (forall j, (j < n)%nat -> s j <= D + t j) -> S_ <= D + T.
Proof.
  intros Htau Htheta Hw HT HS Hfirst Hs.
  assert (Hm := margin_positive n t w T t_first tau theta Htau Htheta Hw HT Hfirst).
  set (b := fun j => before (t j) T); assert (Hb : forall j, 0 <= b j <= 1) by (intros; apply before_range).
  assert (A := any_set n b s w S_ tau theta Htau Hw HS
    (fun j _ => Rle_ge _ _ (proj1 (Hb j))) (fun j _ => proj2 (Hb j))).
  assert (B := moved_growth n b s t w D T tau Htau (fun j _ => proj1 (Hb j)) Hw Hs).
  assert (C := margin_is n t w T tau theta HT); fold (b 0%nat) in C.
  change (fun j => before (t j) T * w j * exp ((t j - T) / tau)) with (fun j => b j * w j * exp ((t j - T) / tau)) in C.
  change (fun j => before (t j) T * w j) with (fun j => b j * w j) in C, Hm.
  rewrite <- C in B; set (m := total n (fun j => b j * w j) - theta) in *.
  apply (at_most_by_exp tau); [exact Htau|]; apply (Rmult_le_reg_l m); lra.
Qed.

(** An input has its share once, in its time or in its weight. *)
Lemma one_share K T tau t w : tau > 0 -> Rabs w <= K -> tau <= K ->
  (tau * (1 - exp ((t - T) / tau)) + Rabs w * exp ((t - T) / tau)) * before t T <= K * before t T.
Proof.
  intros Htau Hw HK; destruct (before_range t T) as [B _]; assert (E := exp_pos ((t - T) / tau)).
  assert (R := response_nonneg T t tau Htau); unfold response in R.
  assert (0 <= before t T * (1 - exp ((t - T) / tau)) * (K - tau)) by (apply Rmult_le_pos; lra).
  assert (0 <= before t T * exp ((t - T) / tau) * (K - Rabs w)) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
  lra.
Qed.

(** ** The wheel *)

Lemma arrived_sum n t u x T : (forall j, (j < n)%nat -> t j <= T) ->
  total n (fun j => (1 - before T (t j)) * u j * x j) = total n (fun j => u j * x j).
Proof.
  intros H; apply total_ext; intros j Hj; unfold before; destruct (Rlt_dec T (t j)) as [K|K]; [|ring].
  specialize (H j Hj); lra.
Qed.

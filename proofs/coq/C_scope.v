(** Group C, scope: where Lemma 1 stops, and what can still be said there.

    Main results: additive-decomposition, additive-no-global-scale, query-bias-breaks-scale, value-path,
    softmax-perturbation, additive-deviation-bound.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: the scope of arXiv:2605.00662 (Bose 2026), Lemma 1; Cohen and Fausti 2023 for the constant of the bound. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [additive-decomposition]: An additive logit has four parts, of degree 0, 1, 1 and 2 in the amplitude. *)

Theorem additive_decomposition__parts :
  forall (d : nat) (a : R) (P Q e f : sequence) (M : matrix),
  dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = a * (dot d P (apply d M f) + dot d e (apply d
    M Q)) + a ^ 2 * dot d P (apply d M Q) + dot d e (apply d M f).
Proof.
  intros; bilinear; ring.
Qed.

Theorem additive_decomposition__parts_with_biases :
  forall (d d_k : nat) (a : R) (P Q b_K b_Q e f : sequence) (W_K W_Q : matrix),
  dot d_k (vadd (apply d (transpose W_Q) (vadd (vscale a P) e)) b_Q) (vadd (apply d (transpose W_K) (vadd
    (vscale a Q) f)) b_K) = a * (dot d_k (apply d (transpose W_Q) P) (vadd (apply d (transpose W_K) f) b_K) +
    dot d_k (vadd (apply d (transpose W_Q) e) b_Q) (apply d (transpose W_K) Q)) + a ^ 2 * dot d_k (apply d
    (transpose W_Q) P) (apply d (transpose W_K) Q) + dot d_k (vadd (apply d (transpose W_Q) e) b_Q) (vadd (apply
    d (transpose W_K) f) b_K).
Proof.
  intros; bilinear; ring.
Qed.

(** [additive-no-global-scale]: Scaling an additive encoding is no global scale of the logits, nor a scale and row
shifts, at any width. *)

Theorem additive_no_global_scale__no_scale_no_row_shift_no_temperature :
  forall (d : nat) (a c r_0 r_1 w : R) (P_0 P_1 u v : sequence),
  a <> 1 ->
  dot d u u = 1 ->
  dot d v v = 1 ->
  dot d u v = 0 ->
  dot d u P_0 = 1 ->
  dot d v P_0 = 0 ->
  dot d u P_1 = cos w ->
  dot d v P_1 = sin w ->
  ~ (dot d u (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) * dot d v (vadd
    (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) = r_0 + c * dot d u (vadd (vadd
    (vscale (- (1 / 2)) u) (vscale (2 + 2 * a ^ 2) v)) P_0) * dot d v (vadd (vadd (vscale (- (1 / 2)) u) (vscale
    (2 + 2 * a ^ 2) v)) P_0) /\ dot d u (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^
    2) v)) * dot d v (vadd (vscale a P_1) (vscale (1 - cos w) u)) = r_0 + c * dot d u (vadd (vadd (vscale (- (1
    / 2)) u) (vscale (2 + 2 * a ^ 2) v)) P_0) * dot d v (vadd (vscale (1 - cos w) u) P_1) /\ dot d u (vadd
    (vscale a P_1) (vscale (1 - cos w) u)) * dot d v (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale
    (2 + 2 * a ^ 2) v)) = r_1 + c * dot d u (vadd (vscale (1 - cos w) u) P_1) * dot d v (vadd (vadd (vscale (-
    (1 / 2)) u) (vscale (2 + 2 * a ^ 2) v)) P_0) /\ dot d u (vadd (vscale a P_1) (vscale (1 - cos w) u)) * dot d
    v (vadd (vscale a P_1) (vscale (1 - cos w) u)) = r_1 + c * dot d u (vadd (vscale (1 - cos w) u) P_1) * dot d
    v (vadd (vscale (1 - cos w) u) P_1)).
Proof.
  intros d a c r_0 r_1 w P_0 P_1 u v Ha Huu Hvv Huv Hu0 Hv0 Hu1 Hv1; linear.
  rewrite (dot_comm d v u), Huu, Hvv, Huv, Hu0, Hv0, Hu1, Hv1; intros [H1 [H2 [H3 H4]]].
  set (C := cos w) in *; set (T := sin w) in *; assert (Hone : T ^ 2 + C ^ 2 = 1)
    by (unfold T, C; rewrite <- (sin2_cos2 w); unfold Rsqr; ring).
  assert (K0 : (a - 1 / 2) * (2 * (1 + a ^ 2) - a * T) = c * (1 / 2) * (2 * (1 + a ^ 2) - T)) by lra.
  assert (K1 : (1 - C + a * C) * (2 * (1 + a ^ 2) - a * T) = c * (2 * (1 + a ^ 2) - T)) by lra.
  assert (S1 : 0 <= (a - T / 2) ^ 2) by apply pow2_ge_0.
  assert (S2 : 0 <= (1 - T / 2) ^ 2) by apply pow2_ge_0.
  assert (S3 : 0 <= a ^ 2) by apply pow2_ge_0.
  assert (S4 : 0 <= C ^ 2) by apply pow2_ge_0.
  assert (S5 : 0 <= (1 - C) ^ 2) by apply pow2_ge_0.
  assert (S6 : 0 <= T ^ 2) by apply pow2_ge_0.
  assert (N1 : 2 * (1 + a ^ 2) - a * T > 0) by nra.
  assert (N2 : (2 * (a - 1 / 2) - (1 - C + a * C)) * (2 * (1 + a ^ 2) - a * T) = 0) by lra.
  apply Rmult_integral in N2; destruct N2 as [N2|N2]; [|lra].
  assert (N3 : (a - 1) * (2 - C) = 0) by lra.
  apply Rmult_integral in N3; destruct N3 as [N3|N3]; [apply Ha; lra|nra].
Qed.

Theorem additive_no_global_scale__per_layer_logits :
  forall (d : nat) (a c : R) (P Q e f : sequence) (M : matrix),
  (dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = c * dot d (vadd P e) (apply d M (vadd Q f))
    <-> (1 - c) * dot d e (apply d M f) + (a - c) * (dot d P (apply d M f) + dot d e (apply d M Q)) + (a ^ 2 -
    c) * dot d P (apply d M Q) = 0).
Proof.
  intros; bilinear; split; intros; lra.
Qed.

Theorem additive_no_global_scale__per_layer_weights :
  forall (d : nat) (a c r : R) (P Q e f : sequence) (M : matrix),
  (dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = r + c * dot d (vadd P e) (apply d M (vadd Q
    f)) <-> (1 - c) * dot d e (apply d M f) + (a - c) * (dot d P (apply d M f) + dot d e (apply d M Q)) + (a ^ 2
    - c) * dot d P (apply d M Q) = r).
Proof.
  intros; bilinear; split; intros; lra.
Qed.

(** [query-bias-breaks-scale]: A query bias adds a term linear in the amplitude; a key bias only a row constant. *)

Theorem query_bias_breaks_scale__parts :
  forall (d d_k : nat) (a : R) (P Q b_K b_Q : sequence) (W_K W_Q : matrix),
  dot d_k (vadd (apply d (transpose W_Q) (vscale a P)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) =
    a * dot d_k (apply d (transpose W_Q) P) b_K + a * dot d_k b_Q (apply d (transpose W_K) Q) + a ^ 2 * dot d_k
    (apply d (transpose W_Q) P) (apply d (transpose W_K) Q) + dot d_k b_Q b_K.
Proof.
  intros; bilinear; ring.
Qed.

Theorem query_bias_breaks_scale__key_bias_is_row_constant :
  forall (d d_k : nat) (a : R) (P Q R b_K b_Q : sequence) (W_K W_Q : matrix),
  dot d_k (vadd (apply d (transpose W_Q) (vscale a P)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) -
    dot d_k (vadd (apply d (transpose W_Q) (vscale a P)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K)
    = a * dot d_k b_Q (apply d (transpose W_K) (vadd (vscale (- 1) R) Q)) + a ^ 2 * dot d_k (apply d (transpose
    W_Q) P) (apply d (transpose W_K) (vadd (vscale (- 1) R) Q)).
Proof.
  intros; bilinear; ring.
Qed.

Theorem query_bias_breaks_scale__no_scale :
  forall (d d_k : nat) (a c r_0 r_1 : R) (Q R X Y b_K b_Q : sequence) (W_K W_Q : matrix),
  a <> 0 ->
  a <> 1 ->
  dot d_k b_Q (apply d (transpose W_K) (vadd (vscale (- 1) R) Q)) <> 0 ->
  dot d_k (apply d (transpose W_Q) (vadd (vscale (- 1) Y) X)) (apply d (transpose W_K) (vadd (vscale (- 1) R)
    Q)) <> 0 ->
  ~ (dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K)
    = r_0 + c * dot d_k (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k
    (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_0 +
    c * dot d_k (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) R) b_K) /\ dot d_k (vadd
    (apply d (transpose W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) = r_1 + c *
    dot d_k (vadd (apply d (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k (vadd
    (apply d (transpose W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_1 + c *
    dot d_k (vadd (apply d (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) R) b_K)).
Proof.
  intros d d_k a c r_0 r_1 Q R X Y b_K b_Q W_K W_Q Ha0 Ha1 Hb Hq; bilinear; intros [H1 [H2 [H3 H4]]].
  revert Hb Hq; bilinear; intros Hb Hq.
  set (bQ := dot d_k b_Q (apply d (transpose W_K) Q)) in *; set (bR := dot d_k b_Q (apply d (transpose W_K)
    R)) in *.
  set (XQ := dot d_k (apply d (transpose W_Q) X) (apply d (transpose W_K) Q)) in *.
  set (XR := dot d_k (apply d (transpose W_Q) X) (apply d (transpose W_K) R)) in *.
  set (YQ := dot d_k (apply d (transpose W_Q) Y) (apply d (transpose W_K) Q)) in *.
  set (YR := dot d_k (apply d (transpose W_Q) Y) (apply d (transpose W_K) R)) in *.
  assert (KX : a ^ 2 * (XQ - XR) + a * (bQ - bR) = c * (XQ - XR + (bQ - bR))) by lra.
  assert (KY : a ^ 2 * (YQ - YR) + a * (bQ - bR) = c * (YQ - YR + (bQ - bR))) by lra.
  assert (KD : (a ^ 2 - c) * (XQ - XR - (YQ - YR)) = 0) by lra.
  apply Rmult_integral in KD; destruct KD as [KD|KD]; [|apply Hq; lra].
  assert (Kb : (a - a ^ 2) * (bQ - bR) = 0) by (replace c with (a ^ 2) in KX by lra; lra).
  apply Rmult_integral in Kb; destruct Kb as [Kb|Kb]; [|apply Hb; lra].
  assert (K : a * (1 - a) = 0) by lra; apply Rmult_integral in K; destruct K; [auto|apply Ha1; lra].
Qed.

Theorem query_bias_breaks_scale__such_a_head :
    let d : nat := 1%nat in
    let d_k : nat := 1%nat in
    let a : R := 2 in
    let Q : sequence := fun i => match i with | 0%nat => 1 | _ => 0 end in
    let R : sequence := fun i => match i with | 0%nat => 0 | _ => 0 end in
    let X : sequence := fun i => match i with | 0%nat => 1 | _ => 0 end in
    let Y : sequence := fun i => match i with | 0%nat => 0 | _ => 0 end in
    let b_K : sequence := fun i => match i with | 0%nat => 0 | _ => 0 end in
    let b_Q : sequence := fun i => match i with | 0%nat => 1 | _ => 0 end in
    let W_K : matrix := fun i => match i with | 0%nat => fun j => match j with | 0%nat => 1 | _ => 0 end | _ => fun
    _ => 0 end in
    let W_Q : matrix := fun i => match i with | 0%nat => fun j => match j with | 0%nat => 1 | _ => 0 end | _ => fun
    _ => 0 end in
    (dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) -
    dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K)) *
    (dot d_k (vadd (apply d (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) Q) b_K) - dot d_k (vadd (apply d
    (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) R) b_K)) - (dot d_k (vadd (apply d (transpose W_Q)
    (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) - dot d_k (vadd (apply d (transpose W_Q)
    (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K)) * (dot d_k (vadd (apply d (transpose W_Q)
    X) b_Q) (vadd (apply d (transpose W_K) Q) b_K) - dot d_k (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d
    (transpose W_K) R) b_K)) <> 0.
Proof.
  intros d d_k a Q R X Y b_K b_Q W_K W_Q.
  cbv [d d_k a Q R X Y b_K b_Q W_K W_Q dot vadd vscale apply transpose total]; lra.
Qed.

(** [value-path]: Equal weights do not give equal outputs: the values carry the encoding too. *)

Theorem value_path__difference :
  forall (L : nat) (a : R) (alpha s z : sequence),
  total L (fun i => (a * z i + s i) * alpha i) - total L (fun i => (s i + z i) * alpha i) = (a - 1) * total L
    (fun i => alpha i * z i).
Proof.
  intros; rewrite <- total_minus, <- total_scale; apply total_ext; intros; ring.
Qed.

Theorem value_path__outputs_differ :
  forall (L : nat) (a : R) (alpha s z : sequence),
  a <> 1 ->
  total L (fun i => alpha i * z i) <> 0 ->
  total L (fun i => (a * z i + s i) * alpha i) <> total L (fun i => (s i + z i) * alpha i).
Proof.
  intros L a alpha s z Ha Hz H; apply Hz; apply (Rmult_eq_reg_l (a - 1)); [|lra].
  rewrite <- (value_path__difference L a alpha s z), H; ring.
Qed.

(** [softmax-perturbation]: Attention weights move by at most tanh(r/4) in total variation, r the range of the
change of the logits. *)

Theorem softmax_perturbation__total_variation :
  forall (L : nat) (m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  (forall i : nat, (i < L)%nat -> v i - u i <= m + r) ->
  r > 0 ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i))))
    / 2 <= tanh (r / 4).
Proof.
  intros L m r u v HL Hlow Hhigh Hr; exact (softmax_variation L m r u v HL Hlow Hhigh Hr).
Qed.

Theorem softmax_perturbation__attained :
  forall (r : R),
  r > 0 ->
  Rabs (exp (r / 2) / (1 + exp (r / 2)) - 1 / (1 + exp (r / 2))) = tanh (r / 4).
Proof.
  intros r Hr; rewrite tanh_quarter; assert (H : 1 < exp (r / 2)) by (rewrite <- exp_0; apply exp_increasing; lra).
  rewrite Rabs_pos_eq; [field; lra|].
  replace (exp (r / 2) / (1 + exp (r / 2)) - 1 / (1 + exp (r / 2))) with ((exp (r / 2) - 1) / (1 + exp (r / 2)))
    by (field; lra).
  apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra].
Qed.

Theorem softmax_perturbation__below_the_range :
  forall (r : R),
  r > 0 ->
  tanh (r / 4) <= r / 4.
Proof.
  intros r Hr; apply tanh_below; lra.
Qed.

Theorem softmax_perturbation__one_norm :
  forall (L : nat) (delta m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  (forall i : nat, (i < L)%nat -> v i - u i <= m + r) ->
  r > 0 ->
  r <= 2 * delta ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i))))
    <= delta.
Proof.
  intros L delta m r u v HL Hlow Hhigh Hr Hd; assert (H := softmax_variation L m r u v HL Hlow Hhigh Hr).
  assert (K : tanh (r / 4) <= r / 4) by (apply tanh_below; lra); unfold partition in H; lra.
Qed.

Theorem softmax_perturbation__shift :
  forall (L : nat) (k : R) (u : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> exp (k + u i) / total L (fun i => exp (k + u i)) = exp (u i) / total L (fun i
    => exp (u i))).
Proof.
  intros L k u HL i Hi; assert (Hp := partition_pos L u (at_least_one L HL)); unfold partition in Hp.
  rewrite (total_ext L _ (fun i => exp k * exp (u i))) by (intros; apply exp_plus).
  rewrite total_scale, exp_plus; assert (H := exp_pos k); field; lra.
Qed.

(** [additive-deviation-bound]: How far the weights of an additive layer can move when its encoding is scaled. *)

Theorem additive_deviation_bound__change :
  forall (L : nat) (a m r : R) (CP PC PP : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i) ->
  (forall i : nat, (i < L)%nat -> (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i <= m + r) ->
  r > 0 ->
  (forall i : nat, (i < L)%nat -> a * (CP i + PC i) + a ^ 2 * PP i - CP i - PC i - PP i = (a - 1) * (CP i + PC
    i) + (a ^ 2 - 1) * PP i).
Proof.
  intros; ring.
Qed.

Theorem additive_deviation_bound__total_variation :
  forall (L : nat) (a m r : R) (CC CP PC PP : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i) ->
  (forall i : nat, (i < L)%nat -> (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i <= m + r) ->
  r > 0 ->
  total L (fun i => Rabs (exp (a * (CP i + PC i) + a ^ 2 * PP i + CC i) / total L (fun i => exp (a * (CP i + PC
    i) + a ^ 2 * PP i + CC i)) - exp (CC i + CP i + PC i + PP i) / total L (fun i => exp (CC i + CP i + PC i +
    PP i)))) / 2 <= tanh (r / 4).
Proof.
  intros L a m r CC CP PC PP HL Hlow Hhigh Hr.
  rewrite (total_ext L _ (fun i => Rabs (exp (CC i + CP i + PC i + PP i)
    / partition L (fun i => CC i + CP i + PC i + PP i) - exp (a * (CP i + PC i) + a ^ 2 * PP i + CC i)
    / partition L (fun i => a * (CP i + PC i) + a ^ 2 * PP i + CC i)))) by (intros; apply Rabs_minus_sym).
  apply (softmax_variation L m r (fun i => CC i + CP i + PC i + PP i)
    (fun i => a * (CP i + PC i) + a ^ 2 * PP i + CC i)); try assumption.
  - intros i Hi; assert (H := Hlow i Hi); lra.
  - intros i Hi; assert (H := Hhigh i Hi); lra.
Qed.

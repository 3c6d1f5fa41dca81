(** Group B, Lemma 1: dot-product attention between positions scales by the square of the amplitude.

    Main results: gram-toeplitz, lemma-1, lemma-1-cosine, lemma-1-order, lemma-1-temperature,
    lemma-1-reparametrisation, lemma-1-rotary, lemma-1-normalised.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: arXiv:2605.00662 (Bose 2026), Lemma 1; Vaswani et al. 2017; Su et al. 2021. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [gram-toeplitz]: The Gram matrix of the sinusoidal encoding depends on the distance only. *)

Theorem gram_toeplitz__kernel :
  forall (h : nat) (p q : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase p (w i)) * sin (phase q (w i))) =
    total h (fun i => cos ((p - q) * w i)).
Proof.
  intros h p q w _; apply total_ext; intros i _; unfold phase.
  replace ((p - q) * w i) with (w i * p - w i * q) by ring; rewrite cos_minus; ring.
Qed.

Theorem gram_toeplitz__shift :
  forall (h : nat) (delta p q : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase (delta + p) (w i)) * cos (phase (delta + q) (w i)) + sin (phase (delta + p) (w
    i)) * sin (phase (delta + q) (w i))) = total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin
    (phase p (w i)) * sin (phase q (w i))).
Proof.
  intros h delta p q w _; apply total_ext; intros i _; unfold phase.
  rewrite <- !cos_minus; f_equal; ring.
Qed.

Theorem gram_toeplitz__norm :
  forall (h : nat) (p : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase p (w i)) ^ 2 + sin (phase p (w i)) ^ 2) = INR h.
Proof.
  intros h p w _; rewrite (total_ext h _ (fun _ => 1)); [rewrite total_const; ring|].
  intros i _; rewrite <- (sin2_cos2 (phase p (w i))); unfold Rsqr; ring.
Qed.

(** [lemma-1]: The positional logit scales by the square of the amplitude. *)

Theorem lemma_1__bilinear :
  forall (d : nat) (a : R) (P Q : sequence) (M : matrix),
  dot d (vscale a P) (apply d M (vscale a Q)) = a ^ 2 * dot d P (apply d M Q).
Proof.
  intros; bilinear; ring.
Qed.

Theorem lemma_1__head :
  forall (d d_k : nat) (a : R) (P Q : sequence) (W_K W_Q : matrix),
  dot d_k (apply d (transpose W_Q) (vscale a P)) (apply d (transpose W_K) (vscale a Q)) = a ^ 2 * dot d_k (apply
    d (transpose W_Q) P) (apply d (transpose W_K) Q).
Proof.
  intros; bilinear; ring.
Qed.

Theorem lemma_1__slope :
  forall (d : nat) (L : Z) (P Q : sequence),
  IZR L >= 2 ->
  dot d (vscale (1 / IZR L) P) (vscale (1 / IZR L) Q) = dot d P Q / IZR L ^ 2.
Proof.
  intros; bilinear; field; lra.
Qed.

(** [lemma-1-cosine]: Cosine similarities do not see the amplitude. *)

Theorem lemma_1_cosine__cosine :
  forall (d : nat) (a : R) (P Q : sequence),
  a <> 0 ->
  dot d P P > 0 ->
  dot d Q Q > 0 ->
  dot d (vscale a P) (vscale a Q) / sqrt (dot d (vscale a P) (vscale a P)) / sqrt (dot d (vscale a Q) (vscale a
    Q)) = dot d P Q / sqrt (dot d P P) / sqrt (dot d Q Q).
Proof.
  intros d a P Q Ha HP HQ; linear.
  replace (a * (a * dot d P P)) with (a ^ 2 * dot d P P) by ring.
  replace (a * (a * dot d Q Q)) with (a ^ 2 * dot d Q Q) by ring.
  rewrite !sqrt_scaled by lra.
  assert (0 < sqrt (dot d P P)) by (apply sqrt_lt_R0; lra).
  assert (0 < sqrt (dot d Q Q)) by (apply sqrt_lt_R0; lra).
  assert (Rabs a <> 0) by (apply Rabs_no_R0; assumption).
  replace (a * (a * dot d P Q)) with (Rabs a * Rabs a * dot d P Q)
    by (rewrite <- Rabs_mult, Rabs_pos_eq by (apply Rle_0_sqr); ring).
  field; repeat split; lra.
Qed.

(** [lemma-1-order]: The order of the positional logits within a row is unchanged. *)

Theorem lemma_1_order__strict :
  forall (d : nat) (a : R) (P Q R : sequence) (M : matrix),
  a <> 0 ->
  (dot d P (apply d M Q) < dot d P (apply d M R) <-> dot d (vscale a P) (apply d M (vscale a Q)) < dot d (vscale
    a P) (apply d M (vscale a R))).
Proof.
  intros d a P Q R M Ha; bilinear.
  assert (0 < a * a) by (apply Rlt_0_sqr; assumption).
  rewrite <- !Rmult_assoc; split; intros H1; [apply Rmult_lt_compat_l; lra|apply Rmult_lt_reg_l in H1; lra].
Qed.

Theorem lemma_1_order__weak :
  forall (d : nat) (a : R) (P Q R : sequence) (M : matrix),
  a <> 0 ->
  (dot d P (apply d M Q) <= dot d P (apply d M R) <-> dot d (vscale a P) (apply d M (vscale a Q)) <= dot d
    (vscale a P) (apply d M (vscale a R))).
Proof.
  intros d a P Q R M Ha; bilinear.
  assert (0 < a * a) by (apply Rlt_0_sqr; assumption).
  rewrite <- !Rmult_assoc; split; intros H1; [apply Rmult_le_compat_l; lra|apply Rmult_le_reg_l in H1; lra].
Qed.

(** [lemma-1-temperature]: Attention weights are restored by multiplying the temperature by a^2, and not without. *)

Theorem lemma_1_temperature__re_tempered :
  forall (L : nat) (a tau : R) (u : sequence),
  a <> 0 ->
  tau > 0 ->
  INR L >= 1 ->
  (forall j : nat, (j < L)%nat -> exp (tempered (a ^ 2 * u j) (tau * a ^ 2)) / total L (fun j => exp (tempered
    (a ^ 2 * u j) (tau * a ^ 2))) = exp (tempered (u j) tau) / total L (fun j => exp (tempered (u j) tau))).
Proof.
  intros L a tau u Ha Htau HL j Hj; unfold tempered.
  assert (E : forall k, a ^ 2 * u k / (tau * a ^ 2) = u k / tau) by (intros; field; lra).
  rewrite E, (total_ext L _ (fun k => exp (u k / tau))); [reflexivity|intros k _; rewrite E; reflexivity].
Qed.

Theorem lemma_1_temperature__not_at_the_same_temperature :
    let L : nat := 2%nat in
    let a : R := 2 in
    let tau : R := 1 in
    let u : sequence := fun i => match i with | 0%nat => 0 | 1%nat => ln 2 | _ => 0 end in
    a <> 0 /\
    tau > 0 /\
    INR L >= 1 /\
    exp (tempered (a ^ 2 * u 0%nat) tau) / total L (fun j => exp (tempered (a ^ 2 * u j) tau)) <> exp (tempered (u
    0%nat) tau) / total L (fun j => exp (tempered (u j) tau)).
Proof.
  intros L a tau u; cbv [L a tau u tempered total INR]; repeat split; try lra.
  replace (2 ^ 2 * 0 / 1) with 0 by field; replace (0 / 1) with 0 by field; rewrite exp_0.
  replace (2 ^ 2 * ln 2 / 1) with (ln 2 + ln 2 + (ln 2 + ln 2)) by field; replace (ln 2 / 1) with (ln 2) by field.
  rewrite !exp_plus, exp_ln by lra; lra.
Qed.

(** [lemma-1-reparametrisation]: Rescaling weights undoes the amplitude when content and position stay apart. *)

Theorem lemma_1_reparametrisation__concatenated :
  forall (d_P d_e d_k : nat) (a : R) (X Y b_K b_Q x y : sequence) (U_K U_Q V_K V_Q : matrix),
  a <> 0 ->
  dot d_k (vadd (vadd (apply d_P (mscale (1 / a) (transpose U_Q)) (vscale a X)) (apply d_e (transpose V_Q) x))
    b_Q) (vadd (vadd (apply d_P (mscale (1 / a) (transpose U_K)) (vscale a Y)) (apply d_e (transpose V_K) y))
    b_K) = dot d_k (vadd (vadd (apply d_P (transpose U_Q) X) (apply d_e (transpose V_Q) x)) b_Q) (vadd (vadd
    (apply d_P (transpose U_K) Y) (apply d_e (transpose V_K) y)) b_K).
Proof.
  intros; bilinear; field; assumption.
Qed.

Theorem lemma_1_reparametrisation__independent_subspaces :
  forall (d d_k : nat) (a : R) (P Q b_K b_Q e f : sequence) (Pi_P Pi_e W_K W_Q : matrix),
  a <> 0 ->
  vequal d (apply d Pi_e e) e ->
  vequal d (apply d Pi_e P) vzero ->
  vequal d (apply d Pi_e f) f ->
  vequal d (apply d Pi_e Q) vzero ->
  vequal d (apply d Pi_P e) vzero ->
  vequal d (apply d Pi_P P) P ->
  vequal d (apply d Pi_P f) vzero ->
  vequal d (apply d Pi_P Q) Q ->
  dot d_k (vadd (apply d (transpose W_Q) (apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a P) e))) b_Q)
    (vadd (apply d (transpose W_K) (apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a Q) f))) b_K) = dot
    d_k (vadd (apply d (transpose W_Q) (vadd P e)) b_Q) (vadd (apply d (transpose W_K) (vadd Q f)) b_K).
Proof.
  intros d d_k a P Q b_K b_Q e f Pi_P Pi_e W_K W_Q Ha He HP Hf HQ HPe HPP HPf HPQ.
  assert (R1 : forall i, (i < d)%nat ->
    apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a P) e) i = vadd P e i).
  { intros i Hi; rewrite apply_madd; unfold vadd at 1; rewrite apply_mscale; unfold vscale at 1.
    rewrite !apply_vadd; unfold vadd; rewrite !apply_vscale; unfold vscale.
    rewrite (HPe i Hi), (HPP i Hi), (He i Hi), (HP i Hi); unfold vzero; field; assumption. }
  assert (R2 : forall i, (i < d)%nat ->
    apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a Q) f) i = vadd Q f i).
  { intros i Hi; rewrite apply_madd; unfold vadd at 1; rewrite apply_mscale; unfold vscale at 1.
    rewrite !apply_vadd; unfold vadd; rewrite !apply_vscale; unfold vscale.
    rewrite (HPf i Hi), (HPQ i Hi), (Hf i Hi), (HQ i Hi); unfold vzero; field; assumption. }
  apply dot_ext; intros i _; unfold vadd at 1 3; f_equal; apply apply_ext; assumption.
Qed.

Theorem lemma_1_reparametrisation__free_embedding_logits :
  forall (d : nat) (s : R) (P Q e f : sequence) (M : matrix),
  s <> 0 ->
  dot d (vscale s (vadd P e)) (apply d (mscale (1 / s ^ 2) M) (vscale s (vadd Q f))) = dot d (vadd P e) (apply d
    M (vadd Q f)).
Proof.
  intros; bilinear; field; assumption.
Qed.

Theorem lemma_1_reparametrisation__free_embedding_values :
  forall (d d_k : nat) (s : R) (P b_Q e : sequence) (W_V : matrix),
  s <> 0 ->
  dot d_k b_Q (apply d (mscale (1 / s) (transpose W_V)) (vscale s (vadd P e))) = dot d_k b_Q (apply d (transpose
    W_V) (vadd P e)).
Proof.
  intros; bilinear; field; assumption.
Qed.

(** [lemma-1-rotary]: A multiplicative encoding scaled by a scales the whole logit by a^2, content included. *)

Theorem lemma_1_rotary__whole_logit :
  forall (d : nat) (a : R) (e f : sequence) (R_p R_q : matrix),
  dot d (apply d (mscale a R_p) e) (apply d (mscale a R_q) f) = a ^ 2 * dot d (apply d R_p e) (apply d R_q f).
Proof.
  intros; bilinear; ring.
Qed.

(** [lemma-1-normalised]: Normalisation turns the amplitude into another epsilon. *)

Theorem lemma_1_normalised__epsilon :
  forall (d : nat) (a eps : R) (c z : sequence) (C : matrix),
  INR d >= 1 ->
  a > 0 ->
  eps >= 0 ->
  dot d (apply d C z) (apply d C z) > 0 ->
  dot d c (apply d C (vscale a z)) / sqrt (eps + dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR
    d) = dot d c (apply d C z) / sqrt (eps / a ^ 2 + dot d (apply d C z) (apply d C z) / INR d).
Proof.
  intros d a eps c z C Hd Ha Heps Hz; bilinear.
  set (s := dot d (apply d C z) (apply d C z)) in *.
  replace (eps + a * (a * s) / INR d) with (a ^ 2 * (eps / a ^ 2 + s / INR d)) by (field; lra).
  assert (0 < s / INR d) by (apply Rdiv_lt_0_compat; lra).
  assert (0 <= eps / a ^ 2) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat, pow_lt; lra]).
  rewrite sqrt_scaled, Rabs_pos_eq by lra.
  assert (0 < sqrt (eps / a ^ 2 + s / INR d)) by (apply sqrt_lt_R0; lra).
  field; lra.
Qed.

Theorem lemma_1_normalised__no_epsilon :
  forall (d : nat) (a : R) (c z : sequence) (C : matrix),
  INR d >= 1 ->
  a > 0 ->
  dot d (apply d C z) (apply d C z) > 0 ->
  dot d c (apply d C (vscale a z)) / sqrt (dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR d) =
    dot d c (apply d C z) / sqrt (dot d (apply d C z) (apply d C z) / INR d).
Proof.
  intros d a  c z C Hd Ha  Hz; bilinear.
  set (s := dot d (apply d C z) (apply d C z)) in *.
  replace (a * (a * s) / INR d) with (a ^ 2 * (s / INR d)) by (field; lra).
  assert (0 < s / INR d) by (apply Rdiv_lt_0_compat; lra).
  rewrite sqrt_scaled, Rabs_pos_eq by lra.
  assert (0 < sqrt (s / INR d)) by (apply sqrt_lt_R0; lra).
  field; lra.
Qed.

Theorem lemma_1_normalised__norm_falls :
  forall (d : nat) (eps : R) (z : sequence) (C : matrix),
  INR d >= 1 ->
  eps > 0 ->
  dot d (apply d C z) (apply d C z) / (eps + dot d (apply d C z) (apply d C z) / INR d) < INR d.
Proof.
  intros d eps z C Hd Heps.
  assert (Hs := dot_nonneg d (apply d C z)); set (s := dot d (apply d C z) (apply d C z)) in *.
  assert (Hp : 0 < INR d * eps) by (apply Rmult_lt_0_compat; lra).
  assert (0 <= s / INR d) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]).
  apply (Rmult_lt_reg_r (eps + s / INR d)); [lra|].
  replace (s / (eps + s / INR d) * (eps + s / INR d)) with s by (field; split; lra).
  replace (INR d * (eps + s / INR d)) with (INR d * eps + s) by (field; lra); lra.
Qed.

Theorem lemma_1_normalised__epsilon_is_seen :
    let d : nat := 1%nat in
    let a : R := 11 / 4 in
    let eps : R := 3 in
    let c : sequence := fun i => match i with | 0%nat => 1 | _ => 0 end in
    let z : sequence := fun i => match i with | 0%nat => 1 | _ => 0 end in
    let C : matrix := fun i => match i with | 0%nat => fun j => match j with | 0%nat => 1 | _ => 0 end | _ => fun _
    => 0 end in
    INR d >= 1 /\
    dot d c (apply d C (vscale a z)) / sqrt (eps + dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR d)
    <> dot d c (apply d C z) / sqrt (eps + dot d (apply d C z) (apply d C z) / INR d).
Proof.
  intros d a eps c z C; cbv [d a eps c z C dot vscale apply total INR]; split; [lra|].
  match goal with |- _ / sqrt ?x <> _ / sqrt ?y =>
    replace (sqrt x) with (13 / 4) by (symmetry; apply sqrt_lem_1; lra);
    replace (sqrt y) with 2 by (symmetry; apply sqrt_lem_1; lra) end; lra.
Qed.

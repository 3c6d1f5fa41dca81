(** The theorems: one for each claim of the ledger, under its name, in the words of Defs.v.

    Main results: all of it. Hypotheses: as each theorem states them. Sizes, frequencies and heads are variables.
    Sources: arXiv:2605.00662 (Bose 2026), Vaswani et al. 2017, Su et al. 2021; the ledger names the place for each.

    A claim that something exists is proved by an instance; that the classical frequencies are one, where the ledger
    says so, is certified by enclosures, not here. *)

Require Import Defs Sums Trig Softmax Rank.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** ** Group A: Phase and latency *)

(** [phase-latency-affine]: Phase and latency are affine images of each other. *)

Theorem phase_latency_affine__phase :
  forall (L T p t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase_of_latency (latency p T L t0) w T L t0 = phase p w.
Proof.
  intros; unfold phase, latency, phase_of_latency, latency_of_phase, latency_period, tempered; field; lra.
Qed.

Theorem phase_latency_affine__difference :
  forall (L T p q t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase p w - phase q w = L * w * (latency p T L t0 - latency q T L t0) / T.
Proof.
  intros; unfold phase, latency, phase_of_latency, latency_of_phase, latency_period, tempered; field; lra.
Qed.

Theorem phase_latency_affine__left_inverse :
  forall (L T t t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  latency_of_phase (phase_of_latency t w T L t0) w T L t0 = t.
Proof.
  intros; unfold phase, latency, phase_of_latency, latency_of_phase, latency_period, tempered; field; lra.
Qed.

Theorem phase_latency_affine__right_inverse :
  forall (L T t0 theta w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase_of_latency (latency_of_phase theta w T L t0) w T L t0 = theta.
Proof.
  intros; unfold phase, latency, phase_of_latency, latency_of_phase, latency_period, tempered; field; lra.
Qed.

Theorem phase_latency_affine__increasing :
  forall (L T s t t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  (s < t <-> phase_of_latency s w T L t0 < phase_of_latency t w T L t0).
Proof.
  intros L T s t t0 w HT HL Hw; unfold phase_of_latency.
  assert (0 < w * L / T) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  split; intros H1; [apply Rmult_lt_compat_l; lra|apply Rmult_lt_reg_l in H1; lra].
Qed.

(** [phase-latency-circle]: Phase modulo a turn is latency modulo a period, as groups. *)

Theorem phase_latency_circle__well_defined_and_injective :
  forall (k : Z) (L T s t t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  (t - s = IZR k * latency_period w T L <-> phase_of_latency t w T L t0 - phase_of_latency s w T L t0 = 2 * PI *
    IZR k).
Proof.
  intros k L T s t t0 w HT HL Hw; unfold phase_of_latency, latency_period.
  assert (0 < w * L / T) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  split; intros H1.
  - replace (w * L / T * (t - t0) - w * L / T * (s - t0)) with (w * L / T * (t - s)) by ring.
    rewrite H1; field; lra.
  - apply (Rmult_eq_reg_l (w * L / T)); [|lra].
    replace (w * L / T * (t - s)) with (w * L / T * (t - t0) - w * L / T * (s - t0)) by ring.
    rewrite H1; field; lra.
Qed.

Theorem phase_latency_circle__homomorphism :
  forall (L T t0 w x y : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase_of_latency (t0 + x + y) w T L t0 = phase_of_latency (t0 + x) w T L t0 + phase_of_latency (t0 + y) w T L
    t0.
Proof.
  intros; unfold phase_of_latency; field; lra.
Qed.

Theorem phase_latency_circle__surjective :
  forall (L T t0 theta w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase_of_latency (latency_of_phase theta w T L t0) w T L t0 = theta.
Proof.
  intros; unfold phase, latency, phase_of_latency, latency_of_phase, latency_period, tempered; field; lra.
Qed.

(** [phase-latency-order]: Wrapped phases keep the order of all positions exactly if no turn is completed. *)

Theorem phase_latency_order__unwrapped :
  forall (p q w : R),
  w > 0 ->
  (p < q <-> phase p w < phase q w).
Proof.
  intros p q w Hw; unfold phase; split; intros H; [apply Rmult_lt_compat_l; lra|].
  apply Rmult_lt_reg_l in H; lra.
Qed.

Theorem phase_latency_order__wrapped_if :
  forall (L p q : Z) (w : R),
  w > 0 ->
  IZR p >= 0 ->
  IZR p < IZR q ->
  IZR q <= IZR L - 1 ->
  w * (IZR L - 1) < 2 * PI ->
  wrapped (phase (IZR p) w) < wrapped (phase (IZR q) w).
Proof.
  intros L p q w Hw Hp Hpq HqL HL; unfold wrapped, phase.
  assert (0 <= w * IZR p) by (apply Rmult_le_pos; lra).
  assert (w * IZR p < w * IZR q) by (apply Rmult_lt_compat_l; lra).
  assert (w * IZR q <= w * (IZR L - 1)) by (apply Rmult_le_compat_l; lra).
  rewrite !floor_of_turns by lra; lra.
Qed.

Theorem phase_latency_order__turn_is_reached :
  forall (L : Z) (w : R),
  w > 0 ->
  w * (IZR L - 1) >= 2 * PI ->
  ceiling (2 * PI / w) <= IZR L - 1.
Proof.
  intros L w Hw H; replace (IZR L - 1) with (IZR (L - 1)) in * by (rewrite minus_IZR; ring).
  apply ceiling_le_IZR; apply (Rmult_le_reg_l w); [lra|].
  replace (w * (2 * PI / w)) with (2 * PI) by (field; lra); lra.
Qed.

Theorem phase_latency_order__wrapped_only_if :
  forall (w : R),
  w > 0 ->
  w < 2 * PI ->
  wrapped (phase (ceiling (2 * PI / w)) w) < wrapped (phase (ceiling (2 * PI / w) - 1) w).
Proof.
  intros w Hw Hlt.
  destruct (ceiling_bounds (2 * PI / w)) as [Hlow Hhigh].
  set (n := ceiling (2 * PI / w)) in *.
  assert (Hpi := PI_RGT_0).
  assert (H1 : 2 * PI <= w * n) by (apply (Rmult_le_compat_l w) in Hlow; [|lra];
    replace (w * (2 * PI / w)) with (2 * PI) in Hlow by (field; lra); lra).
  assert (H2 : w * (n - 1) < 2 * PI) by (apply (Rmult_lt_compat_l w) in Hhigh; [|lra];
    replace (w * (2 * PI / w)) with (2 * PI) in Hhigh by (field; lra); lra).
  assert (H3 : 0 <= w * (n - 1)) by lra.
  unfold wrapped, phase; rewrite (floor_of_turns (w * (n - 1))) by lra.
  rewrite (floor_unique (w * n / (2 * PI)) 1); [lra| |].
  - apply (Rmult_le_reg_l (2 * PI)); [lra|]; replace (2 * PI * (w * n / (2 * PI))) with (w * n) by (field;
    lra); lra.
  - apply (Rmult_lt_reg_l (2 * PI)); [lra|]; replace (2 * PI * (w * n / (2 * PI))) with (w * n) by (field;
    lra); lra.
Qed.

(** [retiming-invariance]: Re-expressing positions in seconds and frequencies in radians per second changes nothing.
*)

Theorem retiming_invariance__sine :
  forall (h : nat) (L T p t0 : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  (forall i : nat, (i < h)%nat -> sin (phase_of_latency (latency p T L t0) (w i) T L t0) = sin (phase p (w i))).
Proof.
  intros; unfold phase_of_latency, latency, phase; f_equal; field; lra.
Qed.

Theorem retiming_invariance__cosine :
  forall (h : nat) (L T p t0 : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  (forall i : nat, (i < h)%nat -> cos (phase_of_latency (latency p T L t0) (w i) T L t0) = cos (phase p (w i))).
Proof.
  intros; unfold phase_of_latency, latency, phase; f_equal; field; lra.
Qed.

Theorem retiming_invariance__gram :
  forall (h : nat) (L T p q t0 : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  total h (fun i => cos (phase_of_latency (latency p T L t0) (w i) T L t0) * cos (phase_of_latency (latency q T
    L t0) (w i) T L t0) + sin (phase_of_latency (latency p T L t0) (w i) T L t0) * sin (phase_of_latency
    (latency q T L t0) (w i) T L t0)) = total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase
    p (w i)) * sin (phase q (w i))).
Proof.
  intros h L T p q t0 w HT HL; apply total_ext; intros i _.
  replace (phase_of_latency (latency p T L t0) (w i) T L t0) with (phase p (w i))
    by (unfold phase_of_latency, latency, phase; field; lra).
  replace (phase_of_latency (latency q T L t0) (w i) T L t0) with (phase q (w i))
    by (unfold phase_of_latency, latency, phase; field; lra).
  reflexivity.
Qed.

(** ** Group B: Lemma 1 *)

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
  exists (L : nat) (a tau : R) (u : sequence),
  a <> 0 /\
  tau > 0 /\
  INR L >= 1 /\
  exp (tempered (a ^ 2 * u 0%nat) tau) / total L (fun j => exp (tempered (a ^ 2 * u j) tau)) <> exp (tempered (u
    0%nat) tau) / total L (fun j => exp (tempered (u j) tau)).
Proof.
  exists 2%nat, 2, 1, (fun i => match i with O => 0 | _ => ln 2 end).
  unfold tempered, total, INR; repeat split; try lra.
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
  exists (d : nat) (a eps : R) (c z : sequence) (C : matrix),
  INR d >= 1 /\
  dot d c (apply d C (vscale a z)) / sqrt (eps + dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR
    d) <> dot d c (apply d C z) / sqrt (eps + dot d (apply d C z) (apply d C z) / INR d).
Proof.
  exists 1%nat, 2, 1, (fun _ => 1), (fun _ => 1), (fun _ _ => 1).
  unfold dot, vscale, apply, total, INR; split; [lra|].
  replace (1 + (0 + (0 + 1 * (2 * 1)) * (0 + 1 * (2 * 1))) / 1) with 5 by field.
  replace (1 + (0 + (0 + 1 * 1) * (0 + 1 * 1)) / 1) with 2 by field.
  assert (H5 : 0 < sqrt 5) by (apply sqrt_lt_R0; lra); assert (H2 : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  intros H; assert (K : 2 * sqrt 2 = sqrt 5).
  { apply (Rmult_eq_compat_r (sqrt 5 * sqrt 2)) in H.
    replace ((0 + 1 * (0 + 1 * (2 * 1))) / sqrt 5 * (sqrt 5 * sqrt 2)) with (2 * sqrt 2) in H by (field; lra).
    replace ((0 + 1 * (0 + 1 * 1)) / sqrt 2 * (sqrt 5 * sqrt 2)) with (sqrt 5) in H by (field; lra); exact H. }
  assert (S5 : sqrt 5 * sqrt 5 = 5) by (apply sqrt_sqrt; lra).
  assert (S2 : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  rewrite <- K in S5; nra.
Qed.

(** ** Group C: Scope: where Lemma 1 stops *)

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
  exists (d d_k : nat) (a : R) (Q R X Y b_K b_Q : sequence) (W_K W_Q : matrix),
  (dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) -
    dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K))
    * (dot d_k (vadd (apply d (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) Q) b_K) - dot d_k (vadd
    (apply d (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) R) b_K)) - (dot d_k (vadd (apply d
    (transpose W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) - dot d_k (vadd (apply
    d (transpose W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K)) * (dot d_k (vadd
    (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) Q) b_K) - dot d_k (vadd (apply d (transpose
    W_Q) X) b_Q) (vadd (apply d (transpose W_K) R) b_K)) <> 0.
Proof.
  exists 1%nat, 1%nat, 2, (fun _ => 1), (fun _ => 0), (fun _ => 1), (fun _ => 0), (fun _ => 0), (fun _ => 1),
    (fun _ _ => 1), (fun _ _ => 1).
  unfold dot, vadd, vscale, apply, transpose, total; lra.
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

(** ** Group D: Frequency compression *)

(** [compression-no-scale]: No factor turns the kernel of a sinusoidal encoding into that of its frequency-
compressed version. *)

Theorem compression_no_scale__difference_of_cosines :
  forall (x y : R),
  cos (x - y) = 2 * sin x * sin y + cos (x + y).
Proof.
  apply difference_of_cosines.
Qed.

Theorem compression_no_scale__larger_after_one_position :
  forall (h : nat) (L : Z) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 2 ->
  total h (fun i => cos (w i)) < total h (fun i => cos (w i / IZR L)).
Proof.
  intros h L w Hh Hw Hpi HL; apply total_lt; [apply at_least_one, Hh|]; intros i Hi.
  assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi); destruct (shrunk (IZR L) (w i)) as [Hl Hu]; try lra.
  apply cos_falls; [split; [exact Hl|]|lra].
  apply (Rmult_lt_reg_r (IZR L)); [lra|]; replace (w i / IZR L * IZR L) with (w i) by (field; lra).
  assert (w i * 1 < w i * IZR L) by (apply Rmult_lt_compat_l; lra); lra.
Qed.

Theorem compression_no_scale__no_factor :
  forall (h : nat) (L : Z) (c : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 2 ->
  ~ (total h (fun i => 1) = c * total h (fun i => 1) /\ total h (fun i => cos (w i / IZR L)) = c * total h (fun
    i => cos (w i))).
Proof.
  intros h L c w Hh Hw Hpi HL [H0 H1].
  assert (H := compression_no_scale__larger_after_one_position h L w Hh Hw Hpi HL).
  rewrite total_const, Rmult_1_r in H0; assert (c = 1) by (apply (Rmult_eq_reg_r (INR h)); lra); subst c; lra.
Qed.

(** [compression-discriminability]: Compression by s brings neighbours nearer: their squared distance shrinks by
s^2, up to the factor pi^2/4. *)

Theorem compression_discriminability__difference_of_cosines :
  forall (x y : R),
  cos (x - y) = 2 * sin x * sin y + cos (x + y).
Proof.
  apply difference_of_cosines.
Qed.

Theorem compression_discriminability__double_angle :
  forall (x : R),
  cos (2 * x) = 1 - 2 * sin x ^ 2.
Proof.
  apply cos_double.
Qed.

Theorem compression_discriminability__cosines :
  forall (s y : R),
  y >= 0 ->
  y <= PI ->
  s >= 1 ->
  cos y <= cos (y / s).
Proof.
  intros s y H1 H2 Hs; apply cos_shrinks; lra.
Qed.

Theorem compression_discriminability__sines :
  forall (s y : R),
  y >= 0 ->
  y <= PI ->
  s >= 1 ->
  sin y <= s * sin (y / s).
Proof.
  intros s y H1 H2 Hs; apply sin_shrinks; lra.
Qed.

Theorem compression_discriminability__chord :
  forall (y : R),
  y > 0 ->
  y <= PI / 2 ->
  2 * y / PI <= sin y.
Proof.
  intros y H1 H2; apply chord; lra.
Qed.

Theorem compression_discriminability__below_the_angle :
  forall (y : R),
  y >= 0 ->
  sin y <= y.
Proof.
  intros y Hy; apply sin_below; lra.
Qed.

Theorem compression_discriminability__one_channel_at_least :
  forall (h : nat) (s : R) (w : sequence),
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  (forall i : nat, (i < h)%nat -> (1 - cos (w i)) / s ^ 2 <= 1 - cos (w i / s)).
Proof.
  intros h s w Hw Hpi Hs i Hi; assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi).
  apply one_channel_at_least; lra.
Qed.

Theorem compression_discriminability__one_channel_at_most :
  forall (h : nat) (s : R) (w : sequence),
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  (forall i : nat, (i < h)%nat -> 1 - cos (w i / s) <= PI ^ 2 * (1 - cos (w i)) / 4 / s ^ 2).
Proof.
  intros h s w Hw Hpi Hs i Hi; assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi).
  apply one_channel_at_most; lra.
Qed.

Theorem compression_discriminability__distance :
  forall (h : nat) (p r : R) (w : sequence),
  total h (fun i => (cos (r * (1 + p) * w i) - cos (p * r * w i)) ^ 2 + (sin (r * (1 + p) * w i) - sin (p * r *
    w i)) ^ 2) = total h (fun i => 2 - 2 * cos (r * w i)).
Proof.
  intros h p r w; apply total_ext; intros i _.
  replace (r * (1 + p) * w i) with (p * r * w i + r * w i) by ring; apply neighbours.
Qed.

Theorem compression_discriminability__at_least :
  forall (h : nat) (p s : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  total h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w i)) ^ 2) / s ^
    2 <= total h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2 + (sin ((1 + p) * w i / s) - sin (p
    * w i / s)) ^ 2).
Proof.
  intros h p s w Hh Hw Hpi Hs.
  rewrite (total_ext h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w
    i)) ^ 2)
    (fun i => 2 - 2 * cos (w i))) by (intros i _; replace ((1 + p) * w i) with (p * w i + w i) by ring;
      apply neighbours).
  rewrite (total_ext h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2
    + (sin ((1 + p) * w i / s) - sin (p * w i / s)) ^ 2) (fun i => 2 - 2 * cos (w i / s)))
    by (intros i _; replace ((1 + p) * w i / s) with (p * w i / s + w i / s) by (field; lra); apply neighbours).
  unfold Rdiv at 1; rewrite <- total_scale_r; apply total_le; intros i Hi.
  assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi); assert (H := one_channel_at_least (w i) s); unfold Rdiv at
    1 in H; lra.
Qed.

Theorem compression_discriminability__at_most :
  forall (h : nat) (p s : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  total h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2 + (sin ((1 + p) * w i / s) - sin (p * w i
    / s)) ^ 2) <= PI ^ 2 * total h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) -
    sin (p * w i)) ^ 2) / 4 / s ^ 2.
Proof.
  intros h p s w Hh Hw Hpi Hs.
  rewrite (total_ext h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w
    i)) ^ 2)
    (fun i => 2 - 2 * cos (w i))) by (intros i _; replace ((1 + p) * w i) with (p * w i + w i) by ring;
      apply neighbours).
  rewrite (total_ext h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2
    + (sin ((1 + p) * w i / s) - sin (p * w i / s)) ^ 2) (fun i => 2 - 2 * cos (w i / s)))
    by (intros i _; replace ((1 + p) * w i / s) with (p * w i / s + w i / s) by (field; lra); apply neighbours).
  replace (PI ^ 2 * total h (fun i => 2 - 2 * cos (w i)) / 4 / s ^ 2)
    with (PI ^ 2 / 4 / s ^ 2 * total h (fun i => 2 - 2 * cos (w i))) by (field; lra).
  rewrite <- total_scale; apply total_le; intros i Hi; assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi).
  assert (H := one_channel_at_most (w i) s).
  replace (PI ^ 2 / 4 / s ^ 2 * (2 - 2 * cos (w i))) with (2 * (PI ^ 2 * (1 - cos (w i)) / 4 / s ^ 2)) by
    (field; lra).
  lra.
Qed.

(** [amplitude-keeps-discriminability]: An amplitude shrinks norms and distances alike: neighbours stay as easy to
tell apart. *)

Theorem amplitude_keeps_discriminability__distance :
  forall (d : nat) (a : R) (P Q : sequence),
  dot d (vadd (vscale (- a) Q) (vscale a P)) (vadd (vscale (- a) Q) (vscale a P)) = a ^ 2 * dot d (vadd (vscale
    (- 1) Q) P) (vadd (vscale (- 1) Q) P).
Proof.
  intros; linear; ring.
Qed.

Theorem amplitude_keeps_discriminability__relative :
  forall (d : nat) (a : R) (P Q : sequence),
  a <> 0 ->
  dot d P P > 0 ->
  dot d (vadd (vscale (- a) Q) (vscale a P)) (vadd (vscale (- a) Q) (vscale a P)) / dot d (vscale a P) (vscale a
    P) = dot d (vadd (vscale (- 1) Q) P) (vadd (vscale (- 1) Q) P) / dot d P P.
Proof.
  intros; linear; field; split; lra.
Qed.

(** [sinusoidal-kernel-not-monotone]: Similarity does not fall with every step of the distance; after compression it
does. *)

Theorem sinusoidal_kernel_not_monotone__width_64 :
  exists (h : nat) (w : sequence),
  total h (fun i => cos (5 * w i)) < total h (fun i => cos (6 * w i)).
Proof.
  exists 1%nat, (fun _ => PI / 5); simpl.
  replace (5 * (PI / 5)) with PI by field; replace (6 * (PI / 5)) with (PI + PI / 5) by field.
  rewrite cos_PI; assert (K := cos_falls (PI - PI / 5) PI); assert (Hpi := PI_RGT_0).
  replace (cos (PI + PI / 5)) with (cos (PI - PI / 5)) by (rewrite cos_minus, cos_plus, sin_PI; ring).
  rewrite cos_PI in K; assert (Hlt : -1 < cos (PI - PI / 5)) by (apply K; [split|]; lra); lra.
Qed.

Theorem sinusoidal_kernel_not_monotone__width_128 :
  exists (h : nat) (w : sequence),
  total h (fun i => cos (11 * w i)) < total h (fun i => cos (12 * w i)).
Proof.
  exists 1%nat, (fun _ => PI / 11); simpl.
  replace (11 * (PI / 11)) with PI by field; replace (12 * (PI / 11)) with (PI + PI / 11) by field.
  rewrite cos_PI; assert (K := cos_falls (PI - PI / 11) PI); assert (Hpi := PI_RGT_0).
  replace (cos (PI + PI / 11)) with (cos (PI - PI / 11)) by (rewrite cos_minus, cos_plus, sin_PI; ring).
  rewrite cos_PI in K; assert (Hlt : -1 < cos (PI - PI / 11)) by (apply K; [split|]; lra); lra.
Qed.

Theorem sinusoidal_kernel_not_monotone__difference_of_cosines :
  forall (x y : R),
  cos (x - y) = 2 * sin x * sin y + cos (x + y).
Proof.
  apply difference_of_cosines.
Qed.

Theorem sinusoidal_kernel_not_monotone__compressed :
  forall (h : nat) (L : Z) (D : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 1 ->
  D >= 0 ->
  1 + D <= IZR L ->
  total h (fun i => cos ((1 + D) * w i / IZR L)) < total h (fun i => cos (D * w i / IZR L)).
Proof.
  intros h L D w Hh Hw Hpi HL HD HDL; apply total_lt; [apply at_least_one, Hh|]; intros i Hi.
  assert (H1 := Hw i Hi); assert (H2 := Hpi i Hi); assert (Hinv : 0 < / IZR L) by (apply Rinv_0_lt_compat; lra).
  assert (0 <= D * w i) by (apply Rmult_le_pos; lra).
  assert ((1 + D) * w i <= IZR L * w i) by (apply Rmult_le_compat_r; lra).
  apply cos_falls.
  - split; [apply Rmult_le_pos; lra|apply Rmult_lt_compat_r; lra].
  - apply (Rmult_le_reg_r (IZR L)); [lra|]; replace ((1 + D) * w i / IZR L * IZR L) with ((1 + D) * w i) by
    (field; lra).
    assert (IZR L * w i <= IZR L * PI) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(** ** Group E: Rank *)

(** [rank-invariance]: An increasing re-timing changes no rank, hence no code that is a function of rank. *)

Theorem rank_invariance__rank :
  forall (L : nat) (x y : R) (s t : sequence),
  (forall j : nat, (j < L)%nat -> (t j < x <-> s j < y)) ->
  total L (fun j => before (t j) x) = total L (fun j => before (s j) y).
Proof.
  intros L x y s t H; apply total_ext; intros j Hj; apply before_iff, H, Hj.
Qed.

Theorem rank_invariance__affine :
  forall (L : nat) (a b x : R) (t : sequence),
  a > 0 ->
  total L (fun j => before (b + a * t j) (b + a * x)) = total L (fun j => before (t j) x).
Proof.
  intros L a b x t Ha; apply total_ext; intros j _; apply before_iff; split; intros H.
  - apply (Rmult_lt_reg_l a); lra.
  - apply Rplus_lt_compat_l, Rmult_lt_compat_l; lra.
Qed.

(** [rank-gram]: One-hot rank codes are orthonormal: all pairs are equally far apart, and there is none past the
table. *)

Theorem rank_gram__gram :
  forall (L : nat) (m n : Z),
  IZR m >= 0 ->
  IZR m <= INR L - 1 ->
  total L (fun i => same (INR i) (IZR m) * same (INR i) (IZR n)) = same (IZR m) (IZR n).
Proof.
  intros L m n H0 H1; destruct (position L m H0 H1) as [k [Hk ->]].
  rewrite (total_select L k); [rewrite same_refl; ring|exact Hk|].
  intros i Hi Hne; rewrite same_apart by exact Hne; ring.
Qed.

Theorem rank_gram__norm :
  forall (L : nat) (n : Z),
  IZR n >= 0 ->
  IZR n <= INR L - 1 ->
  total L (fun i => same (INR i) (IZR n) ^ 2) = 1.
Proof.
  intros L n H0 H1; destruct (position L n H0 H1) as [k [Hk ->]].
  rewrite (total_select L k); [rewrite same_refl; ring|exact Hk|].
  intros i Hi Hne; rewrite same_apart by exact Hne; ring.
Qed.

Theorem rank_gram__distance :
  forall (L : nat) (m n : Z),
  IZR m >= 0 ->
  IZR m <= INR L - 1 ->
  IZR n >= 0 ->
  IZR n <= INR L - 1 ->
  IZR m < IZR n ->
  total L (fun i => (same (INR i) (IZR m) - same (INR i) (IZR n)) ^ 2) = 2.
Proof.
  intros L m n Hm0 Hm1 Hn0 Hn1 Hmn.
  rewrite (total_ext L _ (fun i => same (INR i) (IZR m) ^ 2 + same (INR i) (IZR n) ^ 2
    - 2 * (same (INR i) (IZR m) * same (INR i) (IZR n)))) by (intros; ring).
  rewrite total_minus, total_plus, total_scale, !rank_gram__norm, rank_gram__gram by assumption.
  rewrite same_neq by lra; ring.
Qed.

Theorem rank_gram__past_the_table :
  forall (L : nat) (m : Z),
  IZR m >= INR L ->
  (forall i : nat, (i < L)%nat -> same (INR i) (IZR m) = 0).
Proof.
  intros L m H i Hi; apply same_neq; apply lt_INR in Hi; lra.
Qed.

(** [relabelling]: The rank of a position's time, or of its unwrapped phase, is the position itself. *)

Theorem relabelling__position :
  forall (L : nat) (m : Z),
  IZR m >= 0 ->
  IZR m <= INR L ->
  total L (fun i => before (INR i) (IZR m)) = IZR m.
Proof.
  intros L m H0 H1; apply counted; assumption.
Qed.

Theorem relabelling__time :
  forall (L : nat) (m : Z) (T t0 : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  INR L >= 1 ->
  T > 0 ->
  total L (fun i => before (latency (INR i) T (INR L) t0) (latency (IZR m) T (INR L) t0)) = IZR m.
Proof.
  intros L m T t0 H0 H1 HL HT; transitivity (total L (fun i => before (INR i) (IZR m))); [|apply counted;
    assumption].
  apply total_ext; intros i _; apply before_iff; unfold latency; assert (K : 0 < T / INR L) by (apply
    Rdiv_lt_0_compat; lra).
  split; intros H; [apply (Rmult_lt_reg_l (T / INR L)); lra|apply Rplus_lt_compat_l, Rmult_lt_compat_l; lra].
Qed.

Theorem relabelling__phase :
  forall (L : nat) (m : Z) (w : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  w > 0 ->
  total L (fun i => before (phase (INR i) w) (phase (IZR m) w)) = IZR m.
Proof.
  intros L m w H0 H1 Hw; transitivity (total L (fun i => before (INR i) (IZR m))); [|apply counted; assumption].
  apply total_ext; intros i _; apply before_iff; unfold phase.
  split; intros H; [apply (Rmult_lt_reg_l w); lra|apply Rmult_lt_compat_l; lra].
Qed.

(** ** Group F: Rotary encodings *)

(** [rotary-relative]: A rotary logit depends on the distance of query and key only. *)

Theorem rotary_relative__distance :
  forall (h : nat) (p q : R) (X Y w x y : sequence),
  total h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i *
    sin (phase q (w i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w i))
    - Y i * sin (phase q (w i)))) = total h (fun i => (Y i * cos ((q - p) * w i) + y i * sin ((q - p) * w i)) *
    X i + (y i * cos ((q - p) * w i) - Y i * sin ((q - p) * w i)) * x i).
Proof.
  intros h p q X Y w x y; apply total_ext; intros i _; unfold phase.
  replace ((q - p) * w i) with (w i * q - w i * p) by ring; rewrite cos_minus, sin_minus; ring.
Qed.

Theorem rotary_relative__shift :
  forall (h : nat) (delta p q : R) (X Y w x y : sequence),
  total h (fun i => (X i * cos (phase (delta + p) (w i)) + x i * sin (phase (delta + p) (w i))) * (Y i * cos
    (phase (delta + q) (w i)) + y i * sin (phase (delta + q) (w i))) + (x i * cos (phase (delta + p) (w i)) - X
    i * sin (phase (delta + p) (w i))) * (y i * cos (phase (delta + q) (w i)) - Y i * sin (phase (delta + q) (w
    i)))) = total h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w
    i)) + y i * sin (phase q (w i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos
    (phase q (w i)) - Y i * sin (phase q (w i)))).
Proof.
  intros h delta p q X Y w x y; apply total_ext; intros i _; rewrite !turned; unfold phase.
  replace (w i * (delta + p) - w i * (delta + q)) with (w i * p - w i * q) by ring; reflexivity.
Qed.

Theorem rotary_relative__norm :
  forall (h : nat) (p : R) (X w x : sequence),
  total h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) ^ 2 + (x i * cos (phase p (w i)) - X
    i * sin (phase p (w i))) ^ 2) = total h (fun i => X i ^ 2 + x i ^ 2).
Proof.
  intros h p X w x; apply total_ext; intros i _; unfold phase.
  assert (K := turned (x i) (X i) (x i) (X i) (w i * p) (w i * p)).
  replace (w i * p - w i * p) with 0 in K by ring; rewrite cos_0, sin_0 in K.
  transitivity ((x i * x i + X i * X i) * 1 + (x i * X i - X i * x i) * 0); [rewrite <- K; ring|ring].
Qed.

(** [rotary-retiming]: Rotary logits from spike times and frequencies in radians per second are the same. *)

Theorem rotary_retiming__logit :
  forall (h : nat) (L T p q t0 : R) (X Y w x y : sequence),
  T > 0 ->
  L > 0 ->
  total h (fun i => (X i * cos (phase_of_latency (latency p T L t0) (w i) T L t0) + x i * sin (phase_of_latency
    (latency p T L t0) (w i) T L t0)) * (Y i * cos (phase_of_latency (latency q T L t0) (w i) T L t0) + y i *
    sin (phase_of_latency (latency q T L t0) (w i) T L t0)) + (x i * cos (phase_of_latency (latency p T L t0) (w
    i) T L t0) - X i * sin (phase_of_latency (latency p T L t0) (w i) T L t0)) * (y i * cos (phase_of_latency
    (latency q T L t0) (w i) T L t0) - Y i * sin (phase_of_latency (latency q T L t0) (w i) T L t0))) = total h
    (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i * sin
    (phase q (w i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w i)) - Y
    i * sin (phase q (w i)))).
Proof.
  intros h L T p q t0 X Y w x y HT HL; apply total_ext; intros i _.
  replace (phase_of_latency (latency p T L t0) (w i) T L t0) with (phase p (w i))
    by (unfold phase_of_latency, latency, phase; field; lra).
  replace (phase_of_latency (latency q T L t0) (w i) T L t0) with (phase q (w i))
    by (unfold phase_of_latency, latency, phase; field; lra).
  reflexivity.
Qed.

Theorem rotary_retiming__onset :
  forall (h : nat) (L T p q t0 : R) (X Y w x y : sequence),
  T > 0 ->
  L > 0 ->
  total h (fun i => (X i * cos (L * w i * latency p T L t0 / T) + x i * sin (L * w i * latency p T L t0 / T)) *
    (Y i * cos (L * w i * latency q T L t0 / T) + y i * sin (L * w i * latency q T L t0 / T)) + (x i * cos (L *
    w i * latency p T L t0 / T) - X i * sin (L * w i * latency p T L t0 / T)) * (y i * cos (L * w i * latency q
    T L t0 / T) - Y i * sin (L * w i * latency q T L t0 / T))) = total h (fun i => (X i * cos (phase p (w i)) +
    x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i * sin (phase q (w i))) + (x i * cos (phase p
    (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w i)) - Y i * sin (phase q (w i)))).
Proof.
  intros h L T p q t0 X Y w x y HT HL; apply total_ext; intros i _; rewrite !turned.
  replace (L * w i * latency p T L t0 / T - L * w i * latency q T L t0 / T) with (phase p (w i) - phase q (w i))
    by (unfold latency, phase; field; lra); reflexivity.
Qed.

(** [rotary-layout]: Interleaved and half-split layouts differ by one permutation of the width; mixing them is no
invariance. *)

Theorem rotary_layout__permuted :
  forall (h : nat) (p q : R) (U V u v w : sequence),
  (forall i : nat, (i < h)%nat -> U i = u (2 * i)%nat) ->
  (forall i : nat, (i < h)%nat -> U (h + i)%nat = u (1 + (2 * i))%nat) ->
  (forall i : nat, (i < h)%nat -> V i = v (2 * i)%nat) ->
  (forall i : nat, (i < h)%nat -> V (h + i)%nat = v (1 + (2 * i))%nat) ->
  total h (fun i => (U (h + i)%nat * cos (phase p (w i)) + U i * sin (phase p (w i))) * (V (h + i)%nat * cos
    (phase q (w i)) + V i * sin (phase q (w i))) + (U i * cos (phase p (w i)) - U (h + i)%nat * sin (phase p (w
    i))) * (V i * cos (phase q (w i)) - V (h + i)%nat * sin (phase q (w i)))) = total h (fun i => (u (2 * i)%nat
    * cos (phase p (w i)) - u (1 + (2 * i))%nat * sin (phase p (w i))) * (v (2 * i)%nat * cos (phase q (w i)) -
    v (1 + (2 * i))%nat * sin (phase q (w i))) + (u (2 * i)%nat * sin (phase p (w i)) + u (1 + (2 * i))%nat *
    cos (phase p (w i))) * (v (2 * i)%nat * sin (phase q (w i)) + v (1 + (2 * i))%nat * cos (phase q (w i)))).
Proof.
  intros h p q U V u v w Hu1 Hu2 Hv1 Hv2; apply total_ext; intros i Hi.
  rewrite (Hu1 i Hi), (Hu2 i Hi), (Hv1 i Hi), (Hv2 i Hi); ring.
Qed.

Theorem rotary_layout__mixed :
  exists (u v w : sequence),
  (u 0%nat * cos (phase 1 (w 0%nat)) - u 1%nat * sin (phase 1 (w 0%nat))) * (v 0%nat * cos (phase 1 (w 0%nat)) -
    v 2%nat * sin (phase 1 (w 0%nat))) + (u 0%nat * sin (phase 1 (w 0%nat)) + u 1%nat * cos (phase 1 (w 0%nat)))
    * (v 1%nat * cos (phase 1 (w 1%nat)) - v 3%nat * sin (phase 1 (w 1%nat))) + (u 2%nat * cos (phase 1 (w
    1%nat)) - u 3%nat * sin (phase 1 (w 1%nat))) * (v 0%nat * sin (phase 1 (w 0%nat)) + v 2%nat * cos (phase 1
    (w 0%nat))) + (u 2%nat * sin (phase 1 (w 1%nat)) + u 3%nat * cos (phase 1 (w 1%nat))) * (v 1%nat * sin
    (phase 1 (w 1%nat)) + v 3%nat * cos (phase 1 (w 1%nat))) <> (u 0%nat * cos (phase 0 (w 0%nat)) - u 1%nat *
    sin (phase 0 (w 0%nat))) * (v 0%nat * cos (phase 0 (w 0%nat)) - v 2%nat * sin (phase 0 (w 0%nat))) + (u
    0%nat * sin (phase 0 (w 0%nat)) + u 1%nat * cos (phase 0 (w 0%nat))) * (v 1%nat * cos (phase 0 (w 1%nat)) -
    v 3%nat * sin (phase 0 (w 1%nat))) + (u 2%nat * cos (phase 0 (w 1%nat)) - u 3%nat * sin (phase 0 (w 1%nat)))
    * (v 0%nat * sin (phase 0 (w 0%nat)) + v 2%nat * cos (phase 0 (w 0%nat))) + (u 2%nat * sin (phase 0 (w
    1%nat)) + u 3%nat * cos (phase 0 (w 1%nat))) * (v 1%nat * sin (phase 0 (w 1%nat)) + v 3%nat * cos (phase 0
    (w 1%nat))).
Proof.
  exists (fun i => match i with O => 1 | _ => 0 end), (fun i => match i with O => 1 | _ => 0 end),
    (fun i => match i with O => PI / 2 | _ => 0 end).
  unfold phase; rewrite !Rmult_0_r, !Rmult_1_r, cos_0, sin_0, cos_PI2, sin_PI2; lra.
Qed.

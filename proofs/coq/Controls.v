(** Against the controls: each false variant of a claim is refuted, by a theorem, at values at which it fails.

    Main results: [ID__against_NAME] for each control NAME of the statement ID.
    Hypotheses: none; each theorem denies that the variant holds for all values of its variables, or, of a claim of
    existence, at the point that the ledger names.
    Source: the controls of the ledger; the values are those of the ledger or, where it names arc cosines,
    others. *)

Require Import Defs Values Kernels.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** ** [phase-latency-affine] *)

(** T/L in place of L/T. *)
Theorem phase_latency_affine__against_inverted_window :
  ~ (
  forall (L T p t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  T * w * (latency p T L t0 - t0) / L = phase p w).
Proof. intros H; specialize (H 4 2 1 0 1); refuted H. Qed.

(** The onset is not subtracted. *)
Theorem phase_latency_affine__against_onset_forgotten :
  ~ (
  forall (L T p t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  L * w * latency p T L t0 / T = phase p w).
Proof. intros H; specialize (H 4 2 1 1 1); refuted H. Qed.

(** Without w > 0 the order is reversed. *)
Theorem phase_latency_affine__against_negative_frequency :
  ~ (
  forall (L T s t t0 w : R),
  T > 0 ->
  L > 0 ->
  (s < t <-> phase_of_latency s w T L t0 < phase_of_latency t w T L t0)).
Proof. intros H; specialize (H 1 1 0 1 0 (-1)); refuted H. Qed.

(** ** [phase-latency-circle] *)

(** The period 2 pi T/L of the channel w = 1 for every channel. *)
Theorem phase_latency_circle__against_period_without_frequency :
  ~ (
  forall (k : Z) (L T s t t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  (t - s = 2 * PI * T * IZR k / L <-> phase_of_latency t w T L t0 - phase_of_latency s w T L t0 = 2 * PI * IZR k)).
Proof. intros H; specialize (H 1%Z 1 1 0 (2 * PI) 0 2); refuted H. Qed.

(** The window T taken for the period. *)
Theorem phase_latency_circle__against_window_as_period :
  ~ (
  forall (k : Z) (L T s t t0 w : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  (t - s = T * IZR k <-> phase_of_latency t w T L t0 - phase_of_latency s w T L t0 = 2 * PI * IZR k)).
Proof. intros H; specialize (H 1%Z 1 1 0 1 0 1); refuted H. Qed.

(** Latencies, not delays, added. *)
Theorem phase_latency_circle__against_onset_counted_twice :
  ~ (
  forall (L T t0 w x y : R),
  T > 0 ->
  L > 0 ->
  w > 0 ->
  phase_of_latency (x + y) w T L t0 = phase_of_latency x w T L t0 + phase_of_latency y w T L t0).
Proof. intros H; specialize (H 1 1 1 1 0 0); refuted H. Qed.

(** ** [phase-latency-order] *)

(** The channel w = 1 at L = 8: the hypothesis that is usually left unsaid. *)
Theorem phase_latency_order__against_first_channel :
  ~ (
  forall (L p q : Z) (w : R),
  w > 0 ->
  IZR p >= 0 ->
  IZR p < IZR q ->
  IZR q <= IZR L - 1 ->
  wrapped (phase (IZR p) w) < wrapped (phase (IZR q) w)).
Proof. intros H; specialize (H 3%Z 1%Z 2%Z PI); refuted H. Qed.

(** Above one turn a position aliasing can keep the order by accident. *)
Theorem phase_latency_order__against_aliased :
  ~ (
  forall (w : R),
  w > 0 ->
  wrapped (phase (ceiling (2 * PI / w)) w) < wrapped (phase (ceiling (2 * PI / w) - 1) w)).
Proof. intros H; specialize (H (3 * PI)); refuted H. Qed.

(** A channel that turns backwards reverses the order. *)
Theorem phase_latency_order__against_negative_frequency :
  ~ (
  forall (p q w : R),
  (p < q <-> phase p w < phase q w)).
Proof. intros H; specialize (H 0 1 (-1)); refuted H. Qed.

(** W L >= 2 pi in place of w (L - 1) >= 2 pi. *)
Theorem phase_latency_order__against_reached_at_L :
  ~ (
  forall (L : Z) (w : R),
  w > 0 ->
  w * (IZR L - 1) >= 2 * PI ->
  ceiling (2 * PI / w) <= IZR L - 2).
Proof. intros H; specialize (H 3%Z PI); refuted H. Qed.

(** ** [retiming-invariance] *)

(** Reading 3: spike times put into the sinusoid as they are. *)
Theorem retiming_invariance__against_frequencies_not_compensated :
  ~ (
  forall (h : nat) (L T p t0 : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  (forall i : nat, (i < h)%nat -> sin (w i * latency p T L t0) = sin (phase p (w i)))).
Proof. intros H; specialize (H 1%nat 2 1 2 0 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** The onset enters the phase. *)
Theorem retiming_invariance__against_onset_not_subtracted :
  ~ (
  forall (h : nat) (L T p t0 : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  (forall i : nat, (i < h)%nat -> cos (L * w i * latency p T L t0 / T) = cos (phase p (w i)))).
Proof. intros H; specialize (H 1%nat 1 1 2 1 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** Reading 2: the encoding scaled by T/L. *)
Theorem retiming_invariance__against_amplitude_instead :
  ~ (
  forall (h : nat) (L T p q : R) (w : sequence),
  T > 0 ->
  L > 0 ->
  T ^ 2 * total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase p (w i)) * sin (phase q (w
    i))) / L
    ^ 2 = total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase p (w i)) * sin (phase q (w i)))).
Proof. intros H; specialize (H 1%nat 2 1 2 0 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** ** [gram-toeplitz] *)

(** P + q in place of p - q. *)
Theorem gram_toeplitz__against_sum_of_positions :
  ~ (
  forall (h : nat) (p q : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase p (w i)) * sin (phase q (w i))) = total h
    (fun i => cos ((p + q) * w i))).
Proof. intros H; specialize (H 1%nat 1 1 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** Only one of the two positions shifted. *)
Theorem gram_toeplitz__against_one_sided_shift :
  ~ (
  forall (h : nat) (delta p q : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase q (w i)) * cos (phase (delta + p) (w i)) + sin (phase q (w i)) * sin (phase (delta
    + p)
    (w i))) = total h (fun i => cos (phase p (w i)) * cos (phase q (w i)) + sin (phase p (w i)) * sin (phase q (w
    i)))).
Proof. intros H; specialize (H 1%nat 1 2 0 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** D = 2h for the squared norm. *)
Theorem gram_toeplitz__against_width_for_norm :
  ~ (
  forall (h : nat) (p : R) (w : sequence),
  INR h >= 1 ->
  total h (fun i => cos (phase p (w i)) ^ 2 + sin (phase p (w i)) ^ 2) = 2 * INR h).
Proof. intros H; specialize (H 1%nat 2 (fun _ => ((1 / 2) * PI))); refuted H. Qed.

(** ** [lemma-1] *)

(** A^3 in place of a^2. *)
Theorem lemma_1__against_cube :
  ~ (
  forall (d d_k : nat) (a : R) (P Q : sequence) (W_K W_Q : matrix),
  dot d_k (apply d (transpose W_Q) (vscale a P)) (apply d (transpose W_K) (vscale a Q)) = a ^ 3 * dot d_k (apply d
    (transpose W_Q) P) (apply d (transpose W_K) Q)).
Proof. intros H; specialize (H 1%nat 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
    Qed.

(** A in place of a^2. *)
Theorem lemma_1__against_linear :
  ~ (
  forall (d d_k : nat) (a : R) (P Q : sequence) (W_K W_Q : matrix),
  dot d_k (apply d (transpose W_Q) (vscale a P)) (apply d (transpose W_K) (vscale a Q)) = a * dot d_k (apply d
    (transpose W_Q) P) (apply d (transpose W_K) Q)).
Proof. intros H; specialize (H 1%nat 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
    Qed.

(** Only the query scaled. *)
Theorem lemma_1__against_one_sided :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence) (M : matrix),
  dot d (vscale a P) (apply d M Q) = a ^ 2 * dot d P (apply d M Q)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** Slope 1/L in place of 1/L^2. *)
Theorem lemma_1__against_slope_1_over_L :
  ~ (
  forall (d : nat) (L : Z) (P Q : sequence),
  IZR L >= 2 ->
  dot d (vscale (1 / IZR L) P) (vscale (1 / IZR L) Q) = dot d P Q / IZR L).
Proof. intros H; specialize (H 1%nat 2%Z (fun _ => 1) (fun _ => 1)); refuted H. Qed.

(** ** [lemma-1-cosine] *)

(** Only the query scaled: a negative amplitude flips the sign. *)
Theorem lemma_1_cosine__against_one_sided :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence),
  a <> 0 ->
  dot d P P > 0 ->
  dot d Q Q > 0 ->
  dot d (vscale a P) Q / sqrt (dot d (vscale a P) (vscale a P)) / sqrt (dot d Q Q) = dot d P Q / sqrt (dot d P P) /
    sqrt (dot d Q Q)).
Proof. intros H; specialize (H 1%nat (-1) (fun _ => 1) (fun _ => 1)); refuted H. Qed.

(** The norms of the unscaled vectors in the denominator. *)
Theorem lemma_1_cosine__against_norms_not_scaled :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence),
  a <> 0 ->
  dot d P P > 0 ->
  dot d Q Q > 0 ->
  dot d (vscale a P) (vscale a Q) / sqrt (dot d P P) / sqrt (dot d Q Q) = dot d P Q / sqrt (dot d P P) / sqrt
    (dot d Q
    Q)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 1)); refuted H. Qed.

(** ** [lemma-1-order] *)

(** At a = 0 all keys tie. *)
Theorem lemma_1_order__against_zero_amplitude :
  ~ (
  forall (d : nat) (a : R) (P Q R : sequence) (M : matrix),
  (dot d P (apply d M Q) < dot d P (apply d M R) <-> dot d (vscale a P) (apply d M (vscale a Q)) < dot d (vscale
    a P)
    (apply d M (vscale a R)))).
Proof. intros H; specialize (H 1%nat 0 (fun _ => 1) (fun _ => 0) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** Only the keys scaled: a negative amplitude reverses the order. *)
Theorem lemma_1_order__against_one_sided :
  ~ (
  forall (d : nat) (a : R) (P Q R : sequence) (M : matrix),
  a <> 0 ->
  (dot d P (apply d M Q) < dot d P (apply d M R) <-> dot d P (apply d M (vscale a Q)) < dot d P (apply d M (vscale a
    R)))).
Proof. intros H; specialize (H 1%nat (-1) (fun _ => 1) (fun _ => 0) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** ** [lemma-1-temperature] *)

(** Temperature a tau in place of a^2 tau. *)
Theorem lemma_1_temperature__against_linear_temperature :
  ~ (
  forall (L : nat) (a tau : R) (u : sequence),
  a <> 0 ->
  tau > 0 ->
  INR L >= 1 ->
  (forall j : nat, (j < L)%nat -> exp (tempered (a ^ 2 * u j) (a * tau)) / total L (fun j => exp (tempered (a ^ 2
    * u
    j) (a * tau))) = exp (tempered (u j) tau) / total L (fun j => exp (tempered (u j) tau)))).
Proof.
  intros H; specialize (H 2%nat 2 1 (fun i => match i with 0%nat => 0 | 1%nat => (ln 2) | _ => 0 end)); refuted H.
Qed.

(** No compensation at all. *)
Theorem lemma_1_temperature__against_same_temperature :
  ~ (
  forall (L : nat) (a tau : R) (u : sequence),
  a <> 0 ->
  tau > 0 ->
  INR L >= 1 ->
  (forall j : nat, (j < L)%nat -> exp (tempered (a ^ 2 * u j) tau) / total L (fun j => exp (tempered (a ^ 2 * u j)
    tau)) = exp (tempered (u j) tau) / total L (fun j => exp (tempered (u j) tau)))).
Proof.
  intros H; specialize (H 2%nat 2 1 (fun i => match i with 0%nat => 0 | 1%nat => (ln 2) | _ => 0 end)); refuted H.
Qed.

(** ** [lemma-1-reparametrisation] *)

(** Only the rows of W_Q divided. *)
Theorem lemma_1_reparametrisation__against_queries_only :
  ~ (
  forall (d_P d_e d_k : nat) (a : R) (X Y b_K b_Q x y : sequence) (U_K U_Q V_K V_Q : matrix),
  a <> 0 ->
  dot d_k (vadd (vadd (apply d_P (mscale (1 / a) (transpose U_Q)) (vscale a X)) (apply d_e (transpose V_Q) x)) b_Q)
    (vadd (vadd (apply d_P (transpose U_K) (vscale a Y)) (apply d_e (transpose V_K) y)) b_K) = dot d_k (vadd (vadd
    (apply d_P (transpose U_Q) X) (apply d_e (transpose V_Q) x)) b_Q) (vadd (vadd (apply d_P (transpose U_K) Y)
    (apply
    d_e (transpose V_K) y)) b_K)).
Proof.
  intros H; specialize (H 1%nat 1%nat 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ => 0)
    (fun _
    => 0) (fun _ _ => 1) (fun _ _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** Rows multiplied by a in place of divided. *)
Theorem lemma_1_reparametrisation__against_multiplied :
  ~ (
  forall (d_P d_e d_k : nat) (a : R) (X Y b_K b_Q x y : sequence) (U_K U_Q V_K V_Q : matrix),
  a <> 0 ->
  dot d_k (vadd (vadd (apply d_P (mscale a (transpose U_Q)) (vscale a X)) (apply d_e (transpose V_Q) x)) b_Q) (vadd
    (vadd (apply d_P (mscale a (transpose U_K)) (vscale a Y)) (apply d_e (transpose V_K) y)) b_K) = dot d_k (vadd
    (vadd (apply d_P (transpose U_Q) X) (apply d_e (transpose V_Q) x)) b_Q) (vadd (vadd (apply d_P (transpose
    U_K) Y)
    (apply d_e (transpose V_K) y)) b_K)).
Proof.
  intros H; specialize (H 1%nat 1%nat 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ => 0)
    (fun _
    => 0) (fun _ _ => 1) (fun _ _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** Positions that have a share in the space of the contents. *)
Theorem lemma_1_reparametrisation__against_overlapping_subspaces :
  ~ (
  forall (d d_k : nat) (a : R) (P Q b_K b_Q e f : sequence) (Pi_P Pi_e W_K W_Q : matrix),
  a <> 0 ->
  vequal d (apply d Pi_e e) e ->
  vequal d (apply d Pi_e f) f ->
  vequal d (apply d Pi_P e) vzero ->
  vequal d (apply d Pi_P P) P ->
  vequal d (apply d Pi_P f) vzero ->
  vequal d (apply d Pi_P Q) Q ->
  dot d_k (vadd (apply d (transpose W_Q) (apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a P) e))) b_Q)
    (vadd
    (apply d (transpose W_K) (apply d (madd (mscale (1 / a) Pi_P) Pi_e) (vadd (vscale a Q) f))) b_K) = dot d_k (vadd
    (apply d (transpose W_Q) (vadd P e)) b_Q) (vadd (apply d (transpose W_K) (vadd Q f)) b_K)).
Proof.
  intros H; specialize (H 2%nat 2%nat 2 (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun i => match i with
    0%nat => 1 | 1%nat => 0 | _ => 0 end) (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end) (fun i j =>
    match i with 0%nat => (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) j | 1%nat => (fun i =>
    match i
    with 0%nat => 0 | 1%nat => 1 | _ => 0 end) j | _ => 0 end) (fun i j => match i with 0%nat => (fun i => match i
    with 0%nat => 1 | 1%nat => 0 | _ => 0 end) j | 1%nat => (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0
    end) j | _ => 0 end) (fun i j => match i with 0%nat => (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0
    end) j | 1%nat => (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) j | _ => 0 end) (fun i j =>
    match i
    with 0%nat => (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end) j | 1%nat => (fun i => match i with
    0%nat => 0 | 1%nat => 1 | _ => 0 end) j | _ => 0 end)); refuted H.
Qed.

(** W_V left as it is. *)
Theorem lemma_1_reparametrisation__against_values_not_rescaled :
  ~ (
  forall (d d_k : nat) (s : R) (P b_Q e : sequence) (W_V : matrix),
  s <> 0 ->
  dot d_k b_Q (apply d (transpose W_V) (vscale s (vadd P e))) = dot d_k b_Q (apply d (transpose W_V) (vadd P e))).
Proof. intros H; specialize (H 1%nat 1%nat 2 (fun _ => 0) (fun _ => 1) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** ** [lemma-1-rotary] *)

(** A^3 in place of a^2. *)
Theorem lemma_1_rotary__against_cube :
  ~ (
  forall (d : nat) (a : R) (e f : sequence) (R_p R_q : matrix),
  dot d (apply d (mscale a R_p) e) (apply d (mscale a R_q) f) = a ^ 3 * dot d (apply d R_p e) (apply d R_q f)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** Only the rotation of the keys scaled. *)
Theorem lemma_1_rotary__against_keys_only :
  ~ (
  forall (d : nat) (a : R) (e f : sequence) (R_p R_q : matrix),
  dot d (apply d R_p e) (apply d (mscale a R_q) f) = a ^ 2 * dot d (apply d R_p e) (apply d R_q f)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** ** [lemma-1-normalised] *)

(** Eps/a in place of eps/a^2. *)
Theorem lemma_1_normalised__against_epsilon_linear :
  ~ (
  forall (d : nat) (a eps : R) (c z : sequence) (C : matrix),
  INR d >= 1 ->
  a > 0 ->
  eps >= 0 ->
  dot d (apply d C z) (apply d C z) > 0 ->
  dot d c (apply d C (vscale a z)) / sqrt (eps + dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR d) =
    dot d c (apply d C z) / sqrt (eps / a + dot d (apply d C z) (apply d C z) / INR d)).
Proof. intros H; specialize (H 1%nat (3 / 8) (9 / 8) (fun _ => 1) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** A negative amplitude flips the sign. *)
Theorem lemma_1_normalised__against_negative_amplitude :
  ~ (
  forall (d : nat) (a : R) (c z : sequence) (C : matrix),
  INR d >= 1 ->
  dot d (apply d C z) (apply d C z) > 0 ->
  dot d c (apply d C (vscale a z)) / sqrt (dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR d) = dot
    d c
    (apply d C z) / sqrt (dot d (apply d C z) (apply d C z) / INR d)).
Proof. intros H; specialize (H 1%nat (-1) (fun _ => 1) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** The amplitude removed although eps > 0. *)
Theorem lemma_1_normalised__against_epsilon_ignored :
  ~ (
  forall (d : nat) (a eps : R) (c z : sequence) (C : matrix),
  INR d >= 1 ->
  a > 0 ->
  eps >= 0 ->
  dot d (apply d C z) (apply d C z) > 0 ->
  dot d c (apply d C (vscale a z)) / sqrt (eps + dot d (apply d C (vscale a z)) (apply d C (vscale a z)) / INR d) =
    dot d c (apply d C z) / sqrt (eps + dot d (apply d C z) (apply d C z) / INR d)).
Proof. intros H; specialize (H 1%nat (11 / 4) 3 (fun _ => 1) (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** At eps = 0 the norm does not fall. *)
Theorem lemma_1_normalised__against_no_epsilon_no_fall :
  ~ (
  forall (d : nat) (eps : R) (z : sequence) (C : matrix),
  INR d >= 1 ->
  dot d (apply d C z) (apply d C z) / (eps + dot d (apply d C z) (apply d C z) / INR d) < INR d).
Proof. intros H; specialize (H 1%nat 0 (fun _ => 1) (fun _ _ => 1)); refuted H. Qed.

(** ** [additive-decomposition] *)

(** No position-content part. *)
Theorem additive_decomposition__against_cross_term_dropped :
  ~ (
  forall (d : nat) (a : R) (P Q e f : sequence) (M : matrix),
  dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = a * dot d e (apply d M Q) + a ^ 2 * dot d P
    (apply d
    M Q) + dot d e (apply d M f)).
Proof.
  intros H; specialize (H 1%nat 1 (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** A^2 in place of a on the cross terms. *)
Theorem additive_decomposition__against_cross_terms_quadratic :
  ~ (
  forall (d d_k : nat) (a : R) (P Q b_K b_Q e f : sequence) (W_K W_Q : matrix),
  dot d_k (vadd (apply d (transpose W_Q) (vadd (vscale a P) e)) b_Q) (vadd (apply d (transpose W_K) (vadd (vscale
    a Q)
    f)) b_K) = a ^ 2 * (dot d_k (apply d (transpose W_Q) P) (vadd (apply d (transpose W_K) f) b_K) + dot d_k (vadd
    (apply d (transpose W_Q) e) b_Q) (apply d (transpose W_K) Q)) + a ^ 2 * dot d_k (apply d (transpose W_Q) P)
    (apply
    d (transpose W_K) Q) + dot d_k (vadd (apply d (transpose W_Q) e) b_Q) (vadd (apply d (transpose W_K) f) b_K)).
Proof.
  intros H; specialize (H 1%nat 1%nat 2 (fun _ => 0) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ => 1) (fun _
    => 0)
    (fun _ _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** A in place of a^2 on the positional part. *)
Theorem additive_decomposition__against_position_part_linear :
  ~ (
  forall (d : nat) (a : R) (P Q e f : sequence) (M : matrix),
  dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = a * (dot d P (apply d M f) + dot d e (apply d M
    Q))
    + a * dot d P (apply d M Q) + dot d e (apply d M f)).
Proof.
  intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ _ => 1)); refuted H.
Qed.

(** ** [additive-no-global-scale] *)

(** At a = 1 the scale c = 1 does it. *)
Theorem additive_no_global_scale__against_no_rescaling :
  ~ (
  forall (d : nat) (a c r_0 r_1 w : R) (P_0 P_1 u v : sequence),
  dot d u u = 1 ->
  dot d v v = 1 ->
  dot d u v = 0 ->
  dot d u P_0 = 1 ->
  dot d v P_0 = 0 ->
  dot d u P_1 = cos w ->
  dot d v P_1 = sin w ->
  ~ (dot d u (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) * dot d v (vadd (vadd
    (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) = r_0 + c * dot d u (vadd (vadd (vscale (-
    (1 /
    2)) u) (vscale (2 + 2 * a ^ 2) v)) P_0) * dot d v (vadd (vadd (vscale (- (1 / 2)) u) (vscale (2 + 2 * a ^ 2) v))
    P_0) /\ dot d u (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) * dot d v (vadd
    (vscale a P_1) (vscale (1 - cos w) u)) = r_0 + c * dot d u (vadd (vadd (vscale (- (1 / 2)) u) (vscale (2 + 2
    * a ^
    2) v)) P_0) * dot d v (vadd (vscale (1 - cos w) u) P_1) /\ dot d u (vadd (vscale a P_1) (vscale (1 - cos w)
    u)) *
    dot d v (vadd (vadd (vscale (- (1 / 2)) u) (vscale a P_0)) (vscale (2 + 2 * a ^ 2) v)) = r_1 + c * dot d u (vadd
    (vscale (1 - cos w) u) P_1) * dot d v (vadd (vadd (vscale (- (1 / 2)) u) (vscale (2 + 2 * a ^ 2) v)) P_0) /\
    dot d
    u (vadd (vscale a P_1) (vscale (1 - cos w) u)) * dot d v (vadd (vscale a P_1) (vscale (1 - cos w) u)) = r_1 +
    c *
    dot d u (vadd (vscale (1 - cos w) u) P_1) * dot d v (vadd (vscale (1 - cos w) u) P_1))).
Proof.
  intros H; specialize (H 2%nat 1 1 0 0 0 (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i =>
    match
    i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i
    => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** Without content the scale c = a^2 does it: that is Lemma 1. *)
Theorem additive_no_global_scale__against_without_content :
  ~ (
  forall (d : nat) (a c r_0 r_1 w : R) (P_0 P_1 u v : sequence),
  a <> 1 ->
  dot d u u = 1 ->
  dot d v v = 1 ->
  dot d u v = 0 ->
  dot d u P_0 = 1 ->
  dot d v P_0 = 0 ->
  dot d u P_1 = cos w ->
  dot d v P_1 = sin w ->
  ~ (dot d u (vscale a P_0) * dot d v (vscale a P_0) = r_0 + c * dot d u P_0 * dot d v P_0 /\ dot d u (vscale a
    P_0) *
    dot d v (vscale a P_1) = r_0 + c * dot d u P_0 * dot d v P_1 /\ dot d u (vscale a P_1) * dot d v (vscale a
    P_0) =
    r_1 + c * dot d u P_1 * dot d v P_0 /\ dot d u (vscale a P_1) * dot d v (vscale a P_1) = r_1 + c * dot d u P_1 *
    dot d v P_1)).
Proof.
  intros H; specialize (H 2%nat 2 4 0 0 0 (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i =>
    match
    i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i
    => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** The cross terms left out of the condition. *)
Theorem additive_no_global_scale__against_cross_terms_forgotten :
  ~ (
  forall (d : nat) (a c : R) (P Q e f : sequence) (M : matrix),
  (dot d (vadd (vscale a P) e) (apply d M (vadd (vscale a Q) f)) = c * dot d (vadd P e) (apply d M (vadd Q f))
    <-> (1
    - c) * dot d e (apply d M f) + (a ^ 2 - c) * dot d P (apply d M Q) = 0)).
Proof.
  intros H; specialize (H 1%nat 2 1 (fun _ => 0) (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ _ => 1)); refuted H.
Qed.

(** ** [query-bias-breaks-scale] *)

(** The bias term counted with a^2, as Lemma 1 would have it. *)
Theorem query_bias_breaks_scale__against_bias_quadratic :
  ~ (
  forall (d d_k : nat) (a : R) (P Q R b_K b_Q : sequence) (W_K W_Q : matrix),
  dot d_k (vadd (apply d (transpose W_Q) (vscale a P)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) - dot
    d_k (vadd (apply d (transpose W_Q) (vscale a P)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = a ^
    2 *
    dot d_k (apply d (transpose W_Q) P) (apply d (transpose W_K) (vadd (vscale (- 1) R) Q)) + a ^ 2 * dot d_k b_Q
    (apply d (transpose W_K) (vadd (vscale (- 1) R) Q))).
Proof.
  intros H; specialize (H 1%nat 1%nat 2 (fun _ => 1) (fun _ => 1) (fun _ => 0) (fun _ => 0) (fun _ => 1) (fun _ _ =>
    1) (fun _ _ => 1)); refuted H.
Qed.

(** Without a query bias the scale c = a^2 does it. *)
Theorem query_bias_breaks_scale__against_no_bias :
  ~ (
  forall (d d_k : nat) (a c r_0 r_1 : R) (Q R X Y b_K b_Q : sequence) (W_K W_Q : matrix),
  a <> 0 ->
  a <> 1 ->
  dot d_k (apply d (transpose W_Q) (vadd (vscale (- 1) Y) X)) (apply d (transpose W_K) (vadd (vscale (- 1) R) Q))
    <> 0
    ->
  ~ (dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K)
    = r_0
    + c * dot d_k (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k (vadd
    (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_0 + c * dot
    d_k
    (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) R) b_K) /\ dot d_k (vadd (apply d
    (transpose
    W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) = r_1 + c * dot d_k (vadd (apply d
    (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k (vadd (apply d (transpose W_Q)
    (vscale a
    Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_1 + c * dot d_k (vadd (apply d (transpose W_Q) Y)
    b_Q) (vadd (apply d (transpose W_K) R) b_K))).
Proof.
  intros H; specialize (H 1%nat 1%nat 2 4 0 0 (fun _ => 1) (fun _ => 0) (fun _ => 1) (fun _ => 0) (fun _ => 0)
    (fun _
    => 0) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** At a = 1 the scale c = 1 does it. *)
Theorem query_bias_breaks_scale__against_no_rescaling :
  ~ (
  forall (d d_k : nat) (a c r_0 r_1 : R) (Q R X Y b_K b_Q : sequence) (W_K W_Q : matrix),
  a <> 0 ->
  dot d_k b_Q (apply d (transpose W_K) (vadd (vscale (- 1) R) Q)) <> 0 ->
  dot d_k (apply d (transpose W_Q) (vadd (vscale (- 1) Y) X)) (apply d (transpose W_K) (vadd (vscale (- 1) R) Q))
    <> 0
    ->
  ~ (dot d_k (vadd (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K)
    = r_0
    + c * dot d_k (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k (vadd
    (apply d (transpose W_Q) (vscale a X)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_0 + c * dot
    d_k
    (vadd (apply d (transpose W_Q) X) b_Q) (vadd (apply d (transpose W_K) R) b_K) /\ dot d_k (vadd (apply d
    (transpose
    W_Q) (vscale a Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a Q)) b_K) = r_1 + c * dot d_k (vadd (apply d
    (transpose W_Q) Y) b_Q) (vadd (apply d (transpose W_K) Q) b_K) /\ dot d_k (vadd (apply d (transpose W_Q)
    (vscale a
    Y)) b_Q) (vadd (apply d (transpose W_K) (vscale a R)) b_K) = r_1 + c * dot d_k (vadd (apply d (transpose W_Q) Y)
    b_Q) (vadd (apply d (transpose W_K) R) b_K))).
Proof.
  intros H; specialize (H 1%nat 1%nat 1 1 0 0 (fun _ => 1) (fun _ => 0) (fun _ => 1) (fun _ => 0) (fun _ => 0)
    (fun _
    => 1) (fun _ _ => 1) (fun _ _ => 1)); refuted H.
Qed.

(** ** [value-path] *)

(** Equal weights give equal outputs. *)
Theorem value_path__against_values_without_position :
  ~ (
  forall (L : nat) (a : R) (alpha s z : sequence),
  total L (fun i => (a * z i + s i) * alpha i) - total L (fun i => (s i + z i) * alpha i) = 0).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 0) (fun _ => 1)); refuted H. Qed.

(** At a = 1 they are equal. *)
Theorem value_path__against_no_rescaling :
  ~ (
  forall (L : nat) (a : R) (alpha s z : sequence),
  total L (fun i => alpha i * z i) <> 0 ->
  total L (fun i => (a * z i + s i) * alpha i) <> total L (fun i => (s i + z i) * alpha i)).
Proof. intros H; specialize (H 1%nat 1 (fun _ => 1) (fun _ => 0) (fun _ => 1)); refuted H. Qed.

(** A^2 - 1 in place of a - 1. *)
Theorem value_path__against_quadratic :
  ~ (
  forall (L : nat) (a : R) (alpha s z : sequence),
  total L (fun i => (a * z i + s i) * alpha i) - total L (fun i => (s i + z i) * alpha i) = (a ^ 2 - 1) * total L
    (fun
    i => alpha i * z i)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 0) (fun _ => 1)); refuted H. Qed.

(** ** [softmax-perturbation] *)

(** Strictly below the bound. *)
Theorem softmax_perturbation__against_strict :
  ~ (
  forall (L : nat) (m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  (forall i : nat, (i < L)%nat -> v i - u i <= m + r) ->
  r > 0 ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i)))) /
    2 <
    tanh (r / 4)).
Proof.
  intros H; specialize (H 2%nat (-2 * ln 2) (4 * ln 2) (fun i => match i with 0%nat => 0 | 1%nat => 2 * ln 2 | _
    => 0
    end) (fun i => match i with 0%nat => 2 * ln 2 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** R/8 in place of r/4. *)
Theorem softmax_perturbation__against_eighth :
  ~ (
  forall (L : nat) (m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  (forall i : nat, (i < L)%nat -> v i - u i <= m + r) ->
  r > 0 ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i)))) /
    2 <=
    tanh (r / 8)).
Proof.
  intros H; specialize (H 2%nat (-4 * ln 2) (8 * ln 2) (fun i => match i with 0%nat => 0 | 1%nat => 4 * ln 2 | _
    => 0
    end) (fun i => match i with 0%nat => 4 * ln 2 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** A logit changes by more than m + r. *)
Theorem softmax_perturbation__against_range_too_small :
  ~ (
  forall (L : nat) (m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  r > 0 ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i)))) /
    2 <=
    tanh (r / 4)).
Proof.
  intros H; specialize (H 2%nat (-4 * ln 2) (4 * ln 2) (fun i => match i with 0%nat => 0 | 1%nat => 4 * ln 2 | _
    => 0
    end) (fun i => match i with 0%nat => 4 * ln 2 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** Half the sup-norm for the 1-norm. *)
Theorem softmax_perturbation__against_half_sup :
  ~ (
  forall (L : nat) (delta m r : R) (u v : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= v i - u i) ->
  (forall i : nat, (i < L)%nat -> v i - u i <= m + r) ->
  r > 0 ->
  r <= 2 * delta ->
  total L (fun i => Rabs (exp (u i) / total L (fun i => exp (u i)) - exp (v i) / total L (fun i => exp (v i)))) <=
    delta / 2).
Proof.
  intros H; specialize (H 2%nat (2 * ln 2) (-2 * ln 2) (4 * ln 2) (fun i => match i with 0%nat => 0 | 1%nat => 2
    * ln
    2 | _ => 0 end) (fun i => match i with 0%nat => 2 * ln 2 | 1%nat => 0 | _ => 0 end)); refuted H.
Qed.

(** ** [additive-deviation-bound] *)

(** The change without (a^2 - 1) PP. *)
Theorem additive_deviation_bound__against_position_part_forgotten :
  ~ (
  forall (L : nat) (a m r : R) (CP PC PP : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i) ->
  (forall i : nat, (i < L)%nat -> (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i <= m + r) ->
  r > 0 ->
  (forall i : nat, (i < L)%nat -> a * (CP i + PC i) + a ^ 2 * PP i - CP i - PC i - PP i = (a - 1) * (CP i + PC i))).
Proof. intros H; specialize (H 1%nat 2 0 9 (fun _ => 0) (fun _ => 0) (fun _ => 1)); refuted H. Qed.

(** R/8 in place of r/4. *)
Theorem additive_deviation_bound__against_eighth :
  ~ (
  forall (L : nat) (a m r : R) (CC CP PC PP : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i) ->
  (forall i : nat, (i < L)%nat -> (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i <= m + r) ->
  r > 0 ->
  total L (fun i => Rabs (exp (a * (CP i + PC i) + a ^ 2 * PP i + CC i) / total L (fun i => exp (a * (CP i + PC
    i) + a
    ^ 2 * PP i + CC i)) - exp (CC i + CP i + PC i + PP i) / total L (fun i => exp (CC i + CP i + PC i + PP i)))) / 2
    <= tanh (r / 8)).
Proof.
  intros H; specialize (H 2%nat 0 (-8 * ln 2) (8 * ln 2) (fun i => match i with 0%nat => 4 * ln 2 | 1%nat => 0 |
    _ =>
    0 end) (fun i => match i with 0%nat => 0 | 1%nat => 8 * ln 2 | _ => 0 end) (fun _ => 0) (fun _ => 0));
    refuted H.
Qed.

(** The range of another row. *)
Theorem additive_deviation_bound__against_range_too_small :
  ~ (
  forall (L : nat) (a m r : R) (CC CP PC PP : sequence),
  INR L >= 1 ->
  (forall i : nat, (i < L)%nat -> m <= (a - 1) * (CP i + PC i) + (a ^ 2 - 1) * PP i) ->
  r > 0 ->
  total L (fun i => Rabs (exp (a * (CP i + PC i) + a ^ 2 * PP i + CC i) / total L (fun i => exp (a * (CP i + PC
    i) + a
    ^ 2 * PP i + CC i)) - exp (CC i + CP i + PC i + PP i) / total L (fun i => exp (CC i + CP i + PC i + PP i)))) / 2
    <= tanh (r / 4)).
Proof.
  intros H; specialize (H 2%nat 0 (-8 * ln 2) (4 * ln 2) (fun i => match i with 0%nat => 4 * ln 2 | 1%nat => 0 |
    _ =>
    0 end) (fun i => match i with 0%nat => 0 | 1%nat => 8 * ln 2 | _ => 0 end) (fun _ => 0) (fun _ => 0));
    refuted H.
Qed.

(** ** [compression-no-scale] *)

(** With one position nothing is compressed, and c = 1 does it. *)
Theorem compression_no_scale__against_one_position :
  ~ (
  forall (h : nat) (L : Z) (c : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  ~ (total h (fun i => 1) = c * total h (fun i => 1) /\ total h (fun i => cos (w i / IZR L)) = c * total h (fun i =>
    cos (w i)))).
Proof. intros H; specialize (H 1%nat 1%Z 1 (fun _ => PI)); refuted H. Qed.

(** A channel that does not turn is not compressed. *)
Theorem compression_no_scale__against_constant_channel :
  ~ (
  forall (h : nat) (L : Z) (c : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 2 ->
  ~ (total h (fun i => 1) = c * total h (fun i => 1) /\ total h (fun i => cos (w i / IZR L)) = c * total h (fun i =>
    cos (w i)))).
Proof. intros H; specialize (H 1%nat 2%Z 1 (fun _ => 0)); refuted H. Qed.

(** A channel beyond half a turn can be more alike before: w = 2 pi. *)
Theorem compression_no_scale__against_fast_channel :
  ~ (
  forall (h : nat) (L : Z) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  IZR L >= 2 ->
  total h (fun i => cos (w i)) < total h (fun i => cos (w i / IZR L))).
Proof. intros H; specialize (H 1%nat 2%Z (fun _ => (2 * PI))); refuted H. Qed.

(** Less alike after the compression. *)
Theorem compression_no_scale__against_reversed :
  ~ (
  forall (h : nat) (L : Z) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 2 ->
  total h (fun i => cos (w i / IZR L)) < total h (fun i => cos (w i))).
Proof. intros H; specialize (H 1%nat 2%Z (fun _ => PI)); refuted H. Qed.

(** ** [compression-discriminability] *)

(** S^2 on the nose, without the factor pi^2/4. *)
Theorem compression_discriminability__against_exactly_square :
  ~ (
  forall (h : nat) (p s : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  total h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2 + (sin ((1 + p) * w i / s) - sin (p * w i /
    s))
    ^ 2) <= total h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w i)) ^
    2) /
    s ^ 2).
Proof. intros H; specialize (H 1%nat 0 2 (fun _ => PI)); refuted H. Qed.

(** Divided by s in place of s^2. *)
Theorem compression_discriminability__against_only_linear :
  ~ (
  forall (h : nat) (p s : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  s >= 1 ->
  total h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w i)) ^ 2) / s <=
    total h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2 + (sin ((1 + p) * w i / s) - sin (p * w i /
    s)) ^ 2)).
Proof. intros H; specialize (H 1%nat 0 (3 / 2) (fun _ => PI / 2)); refuted H. Qed.

(** A channel that turns by more than half a turn can lose all of its distance. *)
Theorem compression_discriminability__against_beyond_half_turn :
  ~ (
  forall (h : nat) (p s : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  s >= 1 ->
  total h (fun i => (cos ((1 + p) * w i / s) - cos (p * w i / s)) ^ 2 + (sin ((1 + p) * w i / s) - sin (p * w i /
    s))
    ^ 2) <= PI ^ 2 * total h (fun i => (cos ((1 + p) * w i) - cos (p * w i)) ^ 2 + (sin ((1 + p) * w i) - sin (p * w
    i)) ^ 2) / 4 / s ^ 2).
Proof. intros H; specialize (H 1%nat 0 2 (fun _ => (2 * PI))); refuted H. Qed.

(** A factor below 1 stretches positions. *)
Theorem compression_discriminability__against_stretched :
  ~ (
  forall (s y : R),
  y >= 0 ->
  y <= PI ->
  sin y <= s * sin (y / s)).
Proof. intros H; specialize (H (1 / 2) ((1 / 2) * PI)); refuted H. Qed.

(** A negative angle is below its sine. *)
Theorem compression_discriminability__against_sine_above_the_angle :
  ~ (
  forall (y : R),
  sin y <= y).
Proof. intros H; specialize (H (- (PI / 2))); refuted H. Qed.

(** ** [amplitude-keeps-discriminability] *)

(** Distances themselves do not change. *)
Theorem amplitude_keeps_discriminability__against_absolute :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence),
  dot d (vadd (vscale (- a) Q) (vscale a P)) (vadd (vscale (- a) Q) (vscale a P)) = dot d (vadd (vscale (- 1) Q) P)
    (vadd (vscale (- 1) Q) P)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 0)); refuted H. Qed.

(** Squared distances shrink by a. *)
Theorem amplitude_keeps_discriminability__against_linear :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence),
  dot d (vadd (vscale (- a) Q) (vscale a P)) (vadd (vscale (- a) Q) (vscale a P)) = a * dot d (vadd (vscale (- 1) Q)
    P) (vadd (vscale (- 1) Q) P)).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 0)); refuted H. Qed.

(** Relative to the norm before the scaling. *)
Theorem amplitude_keeps_discriminability__against_other_norm :
  ~ (
  forall (d : nat) (a : R) (P Q : sequence),
  a <> 0 ->
  dot d P P > 0 ->
  dot d (vadd (vscale (- a) Q) (vscale a P)) (vadd (vscale (- a) Q) (vscale a P)) / dot d P P = dot d (vadd
    (vscale (-
    1) Q) P) (vadd (vscale (- 1) Q) P) / dot d P P).
Proof. intros H; specialize (H 1%nat 2 (fun _ => 1) (fun _ => 0)); refuted H. Qed.

(** ** [sinusoidal-kernel-not-monotone] *)

(** Already positions 5 apart more than positions 4 apart. *)
Theorem sinusoidal_kernel_not_monotone__against_one_step_earlier :
  ~ (
    let h : nat := 32%nat in
    let w : sequence := fun i => match i with | 0%nat => 1 | 1%nat => Rpower 10 (7 / 8) / 10 | 2%nat => Rpower 10 (3
    / 4) / 10 | 3%nat => Rpower 10 (5 / 8) / 10 | 4%nat => sqrt 10 / 10 | 5%nat => Rpower 10 (3 / 8) / 10 | 6%nat =>
    Rpower 10 (1 / 4) / 10 | 7%nat => Rpower 10 (1 / 8) / 10 | 8%nat => 1 / 10 | 9%nat => Rpower 10 (7 / 8) / 100 |
    10%nat => Rpower 10 (3 / 4) / 100 | 11%nat => Rpower 10 (5 / 8) / 100 | 12%nat => sqrt 10 / 100 | 13%nat =>
    Rpower 10 (3 / 8) / 100 | 14%nat => Rpower 10 (1 / 4) / 100 | 15%nat => Rpower 10 (1 / 8) / 100 | 16%nat => 1 /
    100 | 17%nat => Rpower 10 (7 / 8) / 1000 | 18%nat => Rpower 10 (3 / 4) / 1000 | 19%nat => Rpower 10 (5 / 8) /
    1000 | 20%nat => sqrt 10 / 1000 | 21%nat => Rpower 10 (3 / 8) / 1000 | 22%nat => Rpower 10 (1 / 4) / 1000 |
    23%nat => Rpower 10 (1 / 8) / 1000 | 24%nat => 1 / 1000 | 25%nat => Rpower 10 (7 / 8) / 10000 | 26%nat => Rpower
    10 (3 / 4) / 10000 | 27%nat => Rpower 10 (5 / 8) / 10000 | 28%nat => sqrt 10 / 10000 | 29%nat => Rpower 10 (3 /
    8) / 10000 | 30%nat => Rpower 10 (1 / 4) / 10000 | 31%nat => Rpower 10 (1 / 8) / 10000 | _ => 0 end in
    total h (fun i => cos (4 * w i)) < total h (fun i => cos (5 * w i))).
Proof.
  destruct (root_of_ten 32 (- (1 / 8)) ltac:(cbn [INR]; lra)) as [Hr E].
  cbv zeta; apply Rle_not_lt, Rlt_le, (kernel_rises 32 5 4 805192776 (Rpower 10 (- (1 / 8)))); try lia; try
    assumption.
  - intros i Hi; do 32 (destruct i as [|i]; [cbv beta iota; power_of_ten|]); lia.
  - vm_compute; reflexivity.
Qed.

(** The kernel itself falls with every step. *)
Theorem sinusoidal_kernel_not_monotone__against_not_compressed :
  ~ (
  forall (h : nat) (L : Z) (D : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 1 ->
  D >= 0 ->
  1 + D <= IZR L ->
  total h (fun i => cos ((1 + D) * w i)) < total h (fun i => cos (D * w i))).
Proof. intros H; specialize (H 1%nat 2%Z 1 (fun _ => PI)); refuted H. Qed.

(** A channel beyond half a turn comes back within the window. *)
Theorem sinusoidal_kernel_not_monotone__against_beyond_half_turn :
  ~ (
  forall (h : nat) (L : Z) (D : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  IZR L >= 1 ->
  D >= 0 ->
  1 + D <= IZR L ->
  total h (fun i => cos ((1 + D) * w i / IZR L)) < total h (fun i => cos (D * w i / IZR L))).
Proof. intros H; specialize (H 1%nat 2%Z 1 (fun _ => (2 * PI))); refuted H. Qed.

(** Outside the window the kernel comes back. *)
Theorem sinusoidal_kernel_not_monotone__against_beyond_the_window :
  ~ (
  forall (h : nat) (L : Z) (D : R) (w : sequence),
  INR h >= 1 ->
  (forall i : nat, (i < h)%nat -> w i > 0) ->
  (forall i : nat, (i < h)%nat -> w i <= PI) ->
  IZR L >= 1 ->
  D >= 0 ->
  total h (fun i => cos ((1 + D) * w i / IZR L)) < total h (fun i => cos (D * w i / IZR L))).
Proof. intros H; specialize (H 1%nat 1%Z 1 (fun _ => PI)); refuted H. Qed.

(** ** [rank-invariance] *)

(** A decreasing re-timing counts from the other end. *)
Theorem rank_invariance__against_reversed :
  ~ (
  forall (L : nat) (a b x : R) (t : sequence),
  total L (fun j => before (b + a * t j) (b + a * x)) = total L (fun j => before (t j) x)).
Proof.
  intros H; specialize (H 2%nat (-1) 0 1 (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end)); refuted H.
Qed.

(** A window of no length puts all times on one moment. *)
Theorem rank_invariance__against_collapsed :
  ~ (
  forall (L : nat) (a b x : R) (t : sequence),
  total L (fun j => before (b + a * t j) (b + a * x)) = total L (fun j => before (t j) x)).
Proof.
  intros H; specialize (H 2%nat 0 0 1 (fun i => match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end)); refuted H.
Qed.

(** Two times that change places. *)
Theorem rank_invariance__against_out_of_order :
  ~ (
  forall (L : nat) (x y : R) (s t : sequence),
  total L (fun j => before (t j) x) = total L (fun j => before (s j) y)).
Proof.
  intros H; specialize (H 2%nat 1 0 (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end) (fun i => match i
    with 0%nat => 0 | 1%nat => 1 | _ => 0 end)); refuted H.
Qed.

(** ** [rank-gram] *)

(** Past the table it would have norm 1, as if positions began again. *)
Theorem rank_gram__against_wrapped_around :
  ~ (
  forall (L : nat) (n : Z),
  IZR n >= 0 ->
  total L (fun i => same (INR i) (IZR n) ^ 2) = 1).
Proof. intros H; specialize (H 2%nat 2%Z); refuted H. Qed.

(** Neighbours are nearer than sqrt 2. *)
Theorem rank_gram__against_near_is_similar :
  ~ (
  forall (L : nat) (m n : Z),
  IZR m >= 0 ->
  IZR m <= INR L - 1 ->
  IZR n >= 0 ->
  IZR n <= INR L - 1 ->
  IZR m < IZR n ->
  total L (fun i => (same (INR i) (IZR m) - same (INR i) (IZR n)) ^ 2) = 1).
Proof. intros H; specialize (H 2%nat 0%Z 1%Z); refuted H. Qed.

(** The last position of the table is no longer in it. *)
Theorem rank_gram__against_last_position :
  ~ (
  forall (L : nat) (m : Z),
  (forall i : nat, (i < L)%nat -> same (INR i) (IZR m) = 0)).
Proof. intros H; specialize (H 2%nat 1%Z); refuted H. Qed.

(** ** [relabelling] *)

(** Wrapped phases: at w = 1 the seventh position comes before the second. *)
Theorem relabelling__against_wrapped_phase :
  ~ (
  forall (L : nat) (m : Z) (w : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  w > 0 ->
  total L (fun i => before (wrapped (phase (INR i) w)) (wrapped (phase (IZR m) w))) = IZR m).
Proof. intros H; specialize (H 2%nat 2%Z PI); refuted H. Qed.

(** A channel that turns backwards counts from the other end. *)
Theorem relabelling__against_backwards :
  ~ (
  forall (L : nat) (m : Z) (w : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  total L (fun i => before (phase (INR i) w) (phase (IZR m) w)) = IZR m).
Proof. intros H; specialize (H 2%nat 0%Z (-1)); refuted H. Qed.

(** All spikes at once. *)
Theorem relabelling__against_window_of_no_length :
  ~ (
  forall (L : nat) (m : Z) (T t0 : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  INR L >= 1 ->
  total L (fun i => before (latency (INR i) T (INR L) t0) (latency (IZR m) T (INR L) t0)) = IZR m).
Proof. intros H; specialize (H 2%nat 1%Z 0 0); refuted H. Qed.

(** More positions before m than there are. *)
Theorem relabelling__against_past_the_table :
  ~ (
  forall (L : nat) (m : Z),
  IZR m >= 0 ->
  total L (fun i => before (INR i) (IZR m)) = IZR m).
Proof. intros H; specialize (H 1%nat 2%Z); refuted H. Qed.

(** ** [rotary-relative] *)

(** Only the query moves. *)
Theorem rotary_relative__against_one_sided_shift :
  ~ (
  forall (h : nat) (delta p q : R) (X Y w x y : sequence),
  total h (fun i => (X i * cos (phase (delta + p) (w i)) + x i * sin (phase (delta + p) (w i))) * (Y i * cos
    (phase q
    (w i)) + y i * sin (phase q (w i))) + (x i * cos (phase (delta + p) (w i)) - X i * sin (phase (delta + p) (w
    i)))
    * (y i * cos (phase q (w i)) - Y i * sin (phase q (w i)))) = total h (fun i => (X i * cos (phase p (w i)) + x
    i *
    sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i * sin (phase q (w i))) + (x i * cos (phase p (w i)) -
    X i
    * sin (phase p (w i))) * (y i * cos (phase q (w i)) - Y i * sin (phase q (w i))))).
Proof.
  intros H; specialize (H 1%nat 1 2 0 (fun _ => 1) (fun _ => 1) (fun _ => ((1 / 2) * PI)) (fun _ => 0) (fun _ =>
    1));
    refuted H.
Qed.

(** Keys turned backwards: the logit then depends on the sum of the positions. *)
Theorem rotary_relative__against_opposite_turns :
  ~ (
  forall (h : nat) (delta p q : R) (X Y w x y : sequence),
  total h (fun i => (X i * cos (phase (delta + p) (w i)) + x i * sin (phase (delta + p) (w i))) * (Y i * cos (phase
    (delta + q) (w i)) - y i * sin (phase (delta + q) (w i))) + (Y i * sin (phase (delta + q) (w i)) + y i * cos
    (phase (delta + q) (w i))) * (x i * cos (phase (delta + p) (w i)) - X i * sin (phase (delta + p) (w i)))) =
    total
    h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) - y i * sin
    (phase q (w i))) + (Y i * sin (phase q (w i)) + y i * cos (phase q (w i))) * (x i * cos (phase p (w i)) - X i *
    sin (phase p (w i))))).
Proof.
  intros H; specialize (H 1%nat 1 2 0 (fun _ => 1) (fun _ => 1) (fun _ => ((1 / 2) * PI)) (fun _ => 0) (fun _ =>
    1));
    refuted H.
Qed.

(** P + q in place of q - p. *)
Theorem rotary_relative__against_sum_of_positions :
  ~ (
  forall (h : nat) (p q : R) (X Y w x y : sequence),
  total h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i * sin
    (phase q (w i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w i)) - Y i *
    sin (phase q (w i)))) = total h (fun i => (Y i * cos ((p + q) * w i) + y i * sin ((p + q) * w i)) * X i + (y i *
    cos ((p + q) * w i) - Y i * sin ((p + q) * w i)) * x i)).
Proof.
  intros H; specialize (H 1%nat 1 2 (fun _ => 0) (fun _ => 1) (fun _ => ((1 / 2) * PI)) (fun _ => 1) (fun _ => 1));
    refuted H.
Qed.

(** ** [rotary-retiming] *)

(** Reading 3: spike times turned as if they were positions. *)
Theorem rotary_retiming__against_frequencies_not_compensated :
  ~ (
  forall (h : nat) (L T p q t0 : R) (X Y w x y : sequence),
  T > 0 ->
  L > 0 ->
  total h (fun i => (X i * cos (w i * latency p T L t0) + x i * sin (w i * latency p T L t0)) * (Y i * cos (w i *
    latency q T L t0) + y i * sin (w i * latency q T L t0)) + (x i * cos (w i * latency p T L t0) - X i * sin (w i *
    latency p T L t0)) * (y i * cos (w i * latency q T L t0) - Y i * sin (w i * latency q T L t0))) = total h (fun i
    => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i)) + y i * sin (phase q (w
    i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w i)) - Y i * sin (phase q
    (w i))))).
Proof.
  intros H; specialize (H 1%nat 2 1 2 0 0 (fun _ => 0) (fun _ => 1) (fun _ => ((1 / 2) * PI)) (fun _ => 1) (fun _ =>
    1)); refuted H.
Qed.

(** Queries count from the onset, keys do not. *)
Theorem rotary_retiming__against_onset_of_keys_only :
  ~ (
  forall (h : nat) (L T p q t0 : R) (X Y w x y : sequence),
  T > 0 ->
  L > 0 ->
  total h (fun i => (X i * cos (phase_of_latency (latency p T L t0) (w i) T L t0) + x i * sin (phase_of_latency
    (latency p T L t0) (w i) T L t0)) * (Y i * cos (L * w i * latency q T L t0 / T) + y i * sin (L * w i *
    latency q T
    L t0 / T)) + (x i * cos (phase_of_latency (latency p T L t0) (w i) T L t0) - X i * sin (phase_of_latency
    (latency
    p T L t0) (w i) T L t0)) * (y i * cos (L * w i * latency q T L t0 / T) - Y i * sin (L * w i * latency q T L t0 /
    T))) = total h (fun i => (X i * cos (phase p (w i)) + x i * sin (phase p (w i))) * (Y i * cos (phase q (w i))
    + y
    i * sin (phase q (w i))) + (x i * cos (phase p (w i)) - X i * sin (phase p (w i))) * (y i * cos (phase q (w
    i)) -
    Y i * sin (phase q (w i))))).
Proof.
  intros H; specialize (H 1%nat 1 1 2 0 1 (fun _ => 0) (fun _ => 1) (fun _ => ((1 / 2) * PI)) (fun _ => 1) (fun _ =>
    1)); refuted H.
Qed.

(** ** [rotary-layout] *)

(** The key, or its projection, taken from one layout to the other as it is. *)
Theorem rotary_layout__against_not_permuted :
  ~ (
  forall (h : nat) (p q : R) (U V u v w : sequence),
  (forall i : nat, (i < h)%nat -> U i = u (2 * i)%nat) ->
  (forall i : nat, (i < h)%nat -> U (h + i)%nat = u (1 + (2 * i))%nat) ->
  total h (fun i => (U (h + i)%nat * cos (phase p (w i)) + U i * sin (phase p (w i))) * (V (h + i)%nat * cos
    (phase q
    (w i)) + V i * sin (phase q (w i))) + (U i * cos (phase p (w i)) - U (h + i)%nat * sin (phase p (w i))) * (V i *
    cos (phase q (w i)) - V (h + i)%nat * sin (phase q (w i)))) = total h (fun i => (u (2 * i)%nat * cos (phase p (w
    i)) - u (1 + (2 * i))%nat * sin (phase p (w i))) * (v (2 * i)%nat * cos (phase q (w i)) - v (1 + (2 * i))%nat *
    sin (phase q (w i))) + (u (2 * i)%nat * sin (phase p (w i)) + u (1 + (2 * i))%nat * cos (phase p (w i))) * (v
    (2 *
    i)%nat * sin (phase q (w i)) + v (1 + (2 * i))%nat * cos (phase q (w i))))).
Proof.
  intros H; specialize (H 2%nat 0 0 (fun i => match i with 0%nat => 0 | 1%nat => 0 | 2%nat => 1 | 3%nat => 0 | _
    => 0
    end) (fun i => match i with 0%nat => 0 | 1%nat => 1 | 2%nat => 0 | 3%nat => 0 | _ => 0 end) (fun i => match i
    with
    0%nat => 0 | 1%nat => 1 | 2%nat => 0 | 3%nat => 0 | _ => 0 end) (fun i => match i with 0%nat => 0 | 1%nat => 1 |
    2%nat => 0 | 3%nat => 0 | _ => 0 end) (fun _ => 1)); refuted H.
Qed.

(** Query and key change their positions. *)
Theorem rotary_layout__against_places_changed :
  ~ (
  forall (h : nat) (p q : R) (U V u v w : sequence),
  (forall i : nat, (i < h)%nat -> U i = u (2 * i)%nat) ->
  (forall i : nat, (i < h)%nat -> U (h + i)%nat = u (1 + (2 * i))%nat) ->
  (forall i : nat, (i < h)%nat -> V i = v (2 * i)%nat) ->
  (forall i : nat, (i < h)%nat -> V (h + i)%nat = v (1 + (2 * i))%nat) ->
  total h (fun i => (U (h + i)%nat * cos (phase p (w i)) + U i * sin (phase p (w i))) * (V (h + i)%nat * cos
    (phase q
    (w i)) + V i * sin (phase q (w i))) + (U i * cos (phase p (w i)) - U (h + i)%nat * sin (phase p (w i))) * (V i *
    cos (phase q (w i)) - V (h + i)%nat * sin (phase q (w i)))) = total h (fun i => (u (2 * i)%nat * cos (phase q (w
    i)) - u (1 + (2 * i))%nat * sin (phase q (w i))) * (v (2 * i)%nat * cos (phase p (w i)) - v (1 + (2 * i))%nat *
    sin (phase p (w i))) + (u (2 * i)%nat * sin (phase q (w i)) + u (1 + (2 * i))%nat * cos (phase q (w i))) * (v
    (2 *
    i)%nat * sin (phase p (w i)) + v (1 + (2 * i))%nat * cos (phase p (w i))))).
Proof.
  intros H; specialize (H 1%nat 1 0 (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end) (fun i => match i
    with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun i => match i with 0%nat => 1 | 1%nat => 0 | _ => 0 end) (fun
    i =>
    match i with 0%nat => 0 | 1%nat => 1 | _ => 0 end) (fun _ => ((1 / 2) * PI))); refuted H.
Qed.

(** ** [copy-task-needs-no-position] *)

(** A target that adds the position. *)
Theorem copy_task_needs_no_position__against_position_in_the_target :
  ~ (
  forall (L : nat) (V : Z) (x : sequence),
  IZR V > 0 ->
  (forall s : nat, (s < L)%nat -> total L (fun j => (1 + INR j + x j - IZR V * Defs.floor ((1 + x j) / IZR V)) *
    same (INR j) (INR s)) = 1 + x s - IZR V * Defs.floor ((1 + x s) / IZR V))).
Proof. intros H; specialize (H 2%nat 2%Z (fun _ => 0)); refuted H. Qed.

(** The last token is followed by one that is not there. *)
Theorem copy_task_needs_no_position__against_without_wrapping :
  ~ (
  forall (L : nat) (V : Z) (x : sequence),
  IZR V > 0 ->
  (forall s : nat, (s < L)%nat -> total L (fun j => (1 + x j) * same (INR j) (INR s)) = 1 + x s - IZR V *
    Defs.floor ((1 + x s) / IZR V))).
Proof. intros H; specialize (H 1%nat 2%Z (fun _ => 1)); refuted H. Qed.

(** A token past the end of the vocabulary. *)
Theorem copy_task_needs_no_position__against_no_such_token :
  ~ (
  forall (V : nat) (c k : Z),
  INR V > 0 ->
  IZR c >= 0 ->
  total V (fun i => same (IZR k) (1 + INR i - INR V * Defs.floor ((1 + INR i) / INR V)) * same (INR i) (IZR c)) =
    same (IZR k) (1 + IZR c - INR V * Defs.floor ((1 + IZR c) / INR V))).
Proof. intros H; specialize (H 2%nat 2%Z 1%Z); refuted H. Qed.

(** The token itself in place of the next. *)
Theorem copy_task_needs_no_position__against_the_same_token :
  ~ (
  forall (V : nat) (c k : Z),
  INR V > 0 ->
  IZR c >= 0 ->
  IZR c <= INR V - 1 ->
  total V (fun i => same (IZR k) (1 + INR i - INR V * Defs.floor ((1 + INR i) / INR V)) * same (INR i) (IZR c)) =
    same (IZR k) (IZR c)).
Proof. intros H; specialize (H 2%nat 0%Z 0%Z); refuted H. Qed.

(** ** [reading-mismatch] *)

(** Spikes that begin later, without their onset. *)
Theorem reading_mismatch__against_without_the_onset :
  ~ (
  forall (L : Z) (T p t0 w : R),
  IZR L > 0 ->
  sin (phase (latency p T (IZR L) t0) w) = sin (phase (T * p / IZR L) w)).
Proof. intros H; specialize (H 1%Z 0 0 (PI / 2) 1); refuted H. Qed.

(** The encoding at the position itself. *)
Theorem reading_mismatch__against_not_compressed :
  ~ (
  forall (L : Z) (T p t0 w : R),
  IZR L > 0 ->
  sin (phase (latency p T (IZR L) t0) w) = sin (phase p w)).
Proof. intros H; specialize (H 1%Z 0 (PI / 2) 0 1); refuted H. Qed.

(** An amplitude instead. *)
Theorem reading_mismatch__against_amplitude :
  ~ (
  forall (L : Z) (T p t0 w : R),
  IZR L > 0 ->
  sin (phase (latency p T (IZR L) t0) w) = T * sin (phase p w) / IZR L).
Proof. intros H; specialize (H 1%Z 2 (PI / 2) 0 1); refuted H. Qed.

(** Group D, frequency compression: positions shrunk by a factor while the frequencies stay as they are.

    Main results: compression-no-scale, compression-discriminability, amplitude-keeps-discriminability,
    sinusoidal-kernel-not-monotone.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: arXiv:2605.00662 (Bose 2026), the frequency variant; Chen et al. 2023, arXiv:2306.15595.

    A claim that something exists is proved by an instance; that the classical frequencies are one, where the ledger
    says so, is certified by enclosures, not here. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

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

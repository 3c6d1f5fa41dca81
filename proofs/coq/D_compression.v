(** Group D, frequency compression: positions shrunk by a factor while the frequencies stay as they are.

    Main results: compression-no-scale, compression-discriminability, amplitude-keeps-discriminability,
    sinusoidal-kernel-not-monotone.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: arXiv:2605.00662 (Bose 2026), the frequency variant; Chen et al. 2023, arXiv:2306.15595.

    Sums of cosines at the classical frequencies are enclosed by computation with integers: Kernels.v. *)

Require Import Defs Sums Trig Softmax Indicators Kernels.
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
    total h (fun i => cos (5 * w i)) < total h (fun i => cos (6 * w i)).
Proof.
  intros h w; destruct (root_of_ten 32 (- (1 / 8)) ltac:(cbn [INR]; lra)) as [Hr E].
  apply (kernel_rises 32 5 6 805192776 (Rpower 10 (- (1 / 8)))); try lia; try assumption.
  - intros i Hi; do 32 (destruct i as [|i]; [cbv [w]; power_of_ten|]); lia.
  - vm_compute; reflexivity.
Qed.

Theorem sinusoidal_kernel_not_monotone__width_128 :
    let h : nat := 64%nat in
    let w : sequence := fun i => match i with | 0%nat => 1 | 1%nat => Rpower 10 (15 / 16) / 10 | 2%nat => Rpower 10
    (7 / 8) / 10 | 3%nat => Rpower 10 (13 / 16) / 10 | 4%nat => Rpower 10 (3 / 4) / 10 | 5%nat => Rpower 10 (11 /
    16) / 10 | 6%nat => Rpower 10 (5 / 8) / 10 | 7%nat => Rpower 10 (9 / 16) / 10 | 8%nat => sqrt 10 / 10 | 9%nat =>
    Rpower 10 (7 / 16) / 10 | 10%nat => Rpower 10 (3 / 8) / 10 | 11%nat => Rpower 10 (5 / 16) / 10 | 12%nat =>
    Rpower 10 (1 / 4) / 10 | 13%nat => Rpower 10 (3 / 16) / 10 | 14%nat => Rpower 10 (1 / 8) / 10 | 15%nat => Rpower
    10 (1 / 16) / 10 | 16%nat => 1 / 10 | 17%nat => Rpower 10 (15 / 16) / 100 | 18%nat => Rpower 10 (7 / 8) / 100 |
    19%nat => Rpower 10 (13 / 16) / 100 | 20%nat => Rpower 10 (3 / 4) / 100 | 21%nat => Rpower 10 (11 / 16) / 100 |
    22%nat => Rpower 10 (5 / 8) / 100 | 23%nat => Rpower 10 (9 / 16) / 100 | 24%nat => sqrt 10 / 100 | 25%nat =>
    Rpower 10 (7 / 16) / 100 | 26%nat => Rpower 10 (3 / 8) / 100 | 27%nat => Rpower 10 (5 / 16) / 100 | 28%nat =>
    Rpower 10 (1 / 4) / 100 | 29%nat => Rpower 10 (3 / 16) / 100 | 30%nat => Rpower 10 (1 / 8) / 100 | 31%nat =>
    Rpower 10 (1 / 16) / 100 | 32%nat => 1 / 100 | 33%nat => Rpower 10 (15 / 16) / 1000 | 34%nat => Rpower 10 (7 /
    8) / 1000 | 35%nat => Rpower 10 (13 / 16) / 1000 | 36%nat => Rpower 10 (3 / 4) / 1000 | 37%nat => Rpower 10 (11
    / 16) / 1000 | 38%nat => Rpower 10 (5 / 8) / 1000 | 39%nat => Rpower 10 (9 / 16) / 1000 | 40%nat => sqrt 10 /
    1000 | 41%nat => Rpower 10 (7 / 16) / 1000 | 42%nat => Rpower 10 (3 / 8) / 1000 | 43%nat => Rpower 10 (5 / 16) /
    1000 | 44%nat => Rpower 10 (1 / 4) / 1000 | 45%nat => Rpower 10 (3 / 16) / 1000 | 46%nat => Rpower 10 (1 / 8) /
    1000 | 47%nat => Rpower 10 (1 / 16) / 1000 | 48%nat => 1 / 1000 | 49%nat => Rpower 10 (15 / 16) / 10000 | 50%nat
    => Rpower 10 (7 / 8) / 10000 | 51%nat => Rpower 10 (13 / 16) / 10000 | 52%nat => Rpower 10 (3 / 4) / 10000 |
    53%nat => Rpower 10 (11 / 16) / 10000 | 54%nat => Rpower 10 (5 / 8) / 10000 | 55%nat => Rpower 10 (9 / 16) /
    10000 | 56%nat => sqrt 10 / 10000 | 57%nat => Rpower 10 (7 / 16) / 10000 | 58%nat => Rpower 10 (3 / 8) / 10000 |
    59%nat => Rpower 10 (5 / 16) / 10000 | 60%nat => Rpower 10 (1 / 4) / 10000 | 61%nat => Rpower 10 (3 / 16) /
    10000 | 62%nat => Rpower 10 (1 / 8) / 10000 | 63%nat => Rpower 10 (1 / 16) / 10000 | _ => 0 end in
    total h (fun i => cos (11 * w i)) < total h (fun i => cos (12 * w i)).
Proof.
  intros h w; destruct (root_of_ten 64 (- (1 / 16)) ltac:(cbn [INR]; lra)) as [Hr E].
  apply (kernel_rises 64 11 12 929822112 (Rpower 10 (- (1 / 16)))); try lia; try assumption.
  - intros i Hi; do 64 (destruct i as [|i]; [cbv [w]; power_of_ten|]); lia.
  - vm_compute; reflexivity.
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

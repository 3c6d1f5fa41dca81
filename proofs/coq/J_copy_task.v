(** Group J, the copy task: what the published experiment can tell, and which of the three readings is the identity.

    Main results: copy-task-needs-no-position, reading-mismatch.
    Hypotheses: as each theorem states them; sizes, tokens and frequencies are variables.
    Source: arXiv:2605.00662 (Bose 2026), experiments and public scripts. *)

Require Import Defs Sums Trig Softmax Indicators Values.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [copy-task-needs-no-position]: The target of the copy task commutes with every permutation of positions, so the
task needs no encoding. *)

Theorem copy_task_needs_no_position__commutes :
  forall (L : nat) (V : Z) (x : sequence),
  IZR V > 0 ->
  (forall s : nat, (s < L)%nat -> total L (fun j => (1 + x j - IZR V * Defs.floor ((1 + x j) / IZR V)) * same
    (INR j) (INR s)) = 1 + x s - IZR V * Defs.floor ((1 + x s) / IZR V)).
Proof.
  intros L V x _ s Hs.
  rewrite (total_select L s); [rewrite same_refl; ring|exact Hs|].
  intros j _ Hne; rewrite same_apart by exact Hne; ring.
Qed.

Theorem copy_task_needs_no_position__linear_in_the_token :
  forall (V : nat) (c k : Z),
  INR V > 0 ->
  IZR c >= 0 ->
  IZR c <= INR V - 1 ->
  total V (fun i => same (IZR k) (1 + INR i - INR V * Defs.floor ((1 + INR i) / INR V)) * same (INR i) (IZR c)) =
    same (IZR k) (1 + IZR c - INR V * Defs.floor ((1 + IZR c) / INR V)).
Proof.
  intros V c k _ H0 H1; destruct (position V c H0 H1) as [m [Hm ->]].
  rewrite (total_select V m); [rewrite same_refl; ring|exact Hm|].
  intros i _ Hne; rewrite (same_apart i m) by exact Hne; ring.
Qed.

Theorem copy_task_needs_no_position__offset_does_not_commute :
  let L : nat := 3%nat in
  let x : sequence := fun i => match i with | 0%nat => 0 | 1%nat => 1 | 2%nat => 2 | _ => 0 end in
  total L (fun j => x j * same (INR j) 0) <> total L (fun j => x j * same (INR j) 1).
Proof. intros L x; unfold L, x; computed; indicators; lra. Qed.

(** [reading-mismatch]: A spike time in the place of a position, with the frequencies as they were, is frequency
compression. *)

Theorem reading_mismatch__compressed :
  forall (L : Z) (T p t0 w : R),
  IZR L > 0 ->
  sin (phase (latency p T (IZR L) t0) w) = sin (phase (t0 + T * p / IZR L) w).
Proof. intros; unfold phase, latency; f_equal; field; lra. Qed.

(** 1/2 < sin 1, and sin (1/2) < 1/2: below pi/2 the sine is below its argument, and sin 1 is above sin (pi/6). *)
Lemma sin_half_below : sin (1 / 2) < 1 / 2.
Proof. apply sin_lt_x; lra. Qed.

Lemma sin_1_above : 1 / 2 < sin 1.
Proof.
  rewrite <- sin_PI6; generalize PI2_1 PI_4 PI_RGT_0; intros; apply sin_increasing_1; lra.
Qed.

Theorem reading_mismatch__not_the_same :
  let L : Z := 2%Z in
  let T : R := 1 in
  let p : R := 1 in
  let t0 : R := 0 in
  let w : R := 1 in
  sin (phase (latency p T (IZR L) t0) w) <> sin (phase p w).
Proof.
  intros L T p t0 w; unfold L, T, p, t0, w, phase, latency.
  replace (1 * (0 + 1 / 2 * 1)) with (1 / 2) by field; replace (1 * 1) with 1 by ring.
  generalize sin_half_below sin_1_above; lra.
Qed.

Theorem reading_mismatch__not_an_amplitude :
  let L : Z := 2%Z in
  let T : R := 1 in
  let p : R := 1 in
  let t0 : R := 0 in
  let w : R := 1 in
  sin (phase (latency p T (IZR L) t0) w) <> T * sin (phase p w) / IZR L.
Proof.
  intros L T p t0 w; unfold L, T, p, t0, w, phase, latency.
  replace (1 * (0 + 1 / 2 * 1)) with (1 / 2) by field; replace (1 * 1) with (2 * (1 / 2)) by field.
  rewrite sin_2a; generalize (sin2_cos2 (1 / 2)) PI2_1 PI_RGT_0; unfold Rsqr; intros Hone H2 H0.
  assert (Hsine : 0 < sin (1 / 2)) by (apply sin_gt_0; lra).
  intros Hequal; assert (Hcosine : cos (1 / 2) = 1) by nra; nra.
Qed.

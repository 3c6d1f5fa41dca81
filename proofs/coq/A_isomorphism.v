(** Group A, the Phase-Latency Isomorphism: phase and spike latency are affine images of each other.

    Main results: phase-latency-affine, phase-latency-circle, phase-latency-order, retiming-invariance.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: arXiv:2605.00662 (Bose 2026), Phase-Latency Isomorphism. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

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

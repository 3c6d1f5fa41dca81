(** Group F, rotary encodings: queries and keys are turned, channel by channel, by the phases of their positions.

    Main results: rotary-relative, rotary-retiming, rotary-layout.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: Su et al. 2021, arXiv:2104.09864, section 3.2. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

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
    let u : sequence := fun i => match i with | 0%nat => 1 | 1%nat => 0 | 2%nat => 0 | 3%nat => 0 | _ => 0 end in
    let v : sequence := fun i => match i with | 0%nat => 1 | 1%nat => 0 | 2%nat => 0 | 3%nat => 0 | _ => 0 end in
    let w : sequence := fun i => match i with | 0%nat => acos (3 / 5) | 1%nat => 0 | _ => 0 end in
    (u 0%nat * cos (phase 1 (w 0%nat)) - u 1%nat * sin (phase 1 (w 0%nat))) * (v 0%nat * cos (phase 1 (w 0%nat)) - v
    2%nat * sin (phase 1 (w 0%nat))) + (u 0%nat * sin (phase 1 (w 0%nat)) + u 1%nat * cos (phase 1 (w 0%nat))) * (v
    1%nat * cos (phase 1 (w 1%nat)) - v 3%nat * sin (phase 1 (w 1%nat))) + (u 2%nat * cos (phase 1 (w 1%nat)) - u
    3%nat * sin (phase 1 (w 1%nat))) * (v 0%nat * sin (phase 1 (w 0%nat)) + v 2%nat * cos (phase 1 (w 0%nat))) + (u
    2%nat * sin (phase 1 (w 1%nat)) + u 3%nat * cos (phase 1 (w 1%nat))) * (v 1%nat * sin (phase 1 (w 1%nat)) + v
    3%nat * cos (phase 1 (w 1%nat))) <> (u 0%nat * cos (phase 0 (w 0%nat)) - u 1%nat * sin (phase 0 (w 0%nat))) * (v
    0%nat * cos (phase 0 (w 0%nat)) - v 2%nat * sin (phase 0 (w 0%nat))) + (u 0%nat * sin (phase 0 (w 0%nat)) + u
    1%nat * cos (phase 0 (w 0%nat))) * (v 1%nat * cos (phase 0 (w 1%nat)) - v 3%nat * sin (phase 0 (w 1%nat))) + (u
    2%nat * cos (phase 0 (w 1%nat)) - u 3%nat * sin (phase 0 (w 1%nat))) * (v 0%nat * sin (phase 0 (w 0%nat)) + v
    2%nat * cos (phase 0 (w 0%nat))) + (u 2%nat * sin (phase 0 (w 1%nat)) + u 3%nat * cos (phase 0 (w 1%nat))) * (v
    1%nat * sin (phase 0 (w 1%nat)) + v 3%nat * cos (phase 0 (w 1%nat))).
Proof.
  intros u v w; cbv [u v w phase]; rewrite !Rmult_0_r, !Rmult_1_r, cos_0, sin_0, cos_acos, sin_acos by lra.
  replace (sqrt (1 - (3 / 5)²)) with (4 / 5) by (symmetry; apply sqrt_lem_1; unfold Rsqr; lra); lra.
Qed.

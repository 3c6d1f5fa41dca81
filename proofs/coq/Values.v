(** Values of functions at simple points, and what refutes a false variant at such a point.

    Main results: two_to, half_to, half_power, ln_2_below_1, ln_4, ln_8; the tactics [values], which puts numbers for
    functions of known values, and [refuted], which derives a contradiction from a variant of which every variable has
    a value. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

Lemma two_to n : exp (INR n * ln 2) = 2 ^ n.
Proof.
  induction n; [simpl; rewrite Rmult_0_l; apply exp_0|].
  rewrite S_INR, Rmult_plus_distr_r, Rmult_1_l, exp_plus, exp_ln, IHn by lra; simpl; ring.
Qed.

Lemma half_to n : exp (- (INR n * ln 2)) = / 2 ^ n.
Proof. rewrite exp_Ropp, two_to; reflexivity. Qed.

Lemma half_power : 1 < exp (1 / 2) < 2.
Proof.
  assert (H := exp_ineq1 (1 / 2) ltac:(lra)); assert (K := exp_ineq1 (- (1 / 2)) ltac:(lra)).
  split; [lra|]; apply (Rmult_lt_reg_l (exp (- (1 / 2)))); [apply exp_pos|].
  rewrite <- exp_plus; replace (- (1 / 2) + 1 / 2) with 0 by lra; rewrite exp_0; lra.
Qed.

Lemma ln_2_below_1 : 1 / 2 < ln 2 < 1.
Proof.
  split; [apply exp_lt_inv; rewrite exp_ln by lra; apply half_power|].
  rewrite <- (ln_exp 1); apply ln_increasing; [lra|]; generalize (exp_ineq1 1); lra.
Qed.

Ltac cosine x :=
  first [ replace (cos x) with 1 by (replace x with 0 by lra; symmetry; apply cos_0)
        | replace (cos x) with 0 by (replace x with (PI / 2) by lra; symmetry; apply cos_PI2)
        | replace (cos x) with (-1) by (replace x with PI by lra; symmetry; apply cos_PI)
        | replace (cos x) with 0 by (replace x with (3 * (PI / 2)) by lra; symmetry; apply cos_3PI2)
        | replace (cos x) with 1 by (replace x with (2 * PI) by lra; symmetry; apply cos_2PI)
        | replace (cos x) with 0 by (replace x with (- (PI / 2)) by lra; rewrite cos_neg; symmetry; apply cos_PI2)
        | replace (cos x) with (-1) by (replace x with (- PI) by lra; rewrite cos_neg; symmetry; apply cos_PI)
        | replace (cos x) with (1 / 2) by (replace x with (PI / 3) by lra; symmetry; apply cos_PI3)
        | replace (cos x) with (sqrt 3 / 2) by (replace x with (PI / 6) by lra; symmetry; apply cos_PI6)
        | replace (cos x) with (-1)
            by (replace x with (2 * PI + PI) by lra; rewrite cos_plus, cos_2PI, cos_PI, sin_2PI; ring)
        | replace (cos x) with 1
            by (replace x with (2 * PI + 2 * PI) by lra; rewrite cos_plus, cos_2PI, sin_2PI; ring) ].

Ltac sine x :=
  first [ replace (sin x) with 0 by (replace x with 0 by lra; symmetry; apply sin_0)
        | replace (sin x) with 1 by (replace x with (PI / 2) by lra; symmetry; apply sin_PI2)
        | replace (sin x) with 0 by (replace x with PI by lra; symmetry; apply sin_PI)
        | replace (sin x) with (-1) by (replace x with (3 * (PI / 2)) by lra; symmetry; apply sin_3PI2)
        | replace (sin x) with 0 by (replace x with (2 * PI) by lra; symmetry; apply sin_2PI)
        | replace (sin x) with (-1) by (replace x with (- (PI / 2)) by lra; rewrite sin_neg, sin_PI2; ring)
        | replace (sin x) with 0 by (replace x with (- PI) by lra; rewrite sin_neg, sin_PI; ring)
        | replace (sin x) with (1 / 2) by (replace x with (PI / 6) by lra; symmetry; apply sin_PI6)
        | replace (sin x) with (sqrt 3 / 2) by (replace x with (PI / 3) by lra; symmetry; apply sin_PI3)
        | replace (sin x) with 0
            by (replace x with (2 * PI + PI) by lra; rewrite sin_plus, cos_2PI, sin_PI, sin_2PI; ring)
        | replace (sin x) with 0
            by (replace x with (2 * PI + 2 * PI) by lra; rewrite sin_plus, cos_2PI, sin_2PI; ring) ].

Ltac root x :=
  first [ replace (sqrt x) with 1 by (symmetry; apply sqrt_lem_1; lra)
        | replace (sqrt x) with (1 / 2) by (symmetry; apply sqrt_lem_1; lra)
        | replace (sqrt x) with 5 by (symmetry; apply sqrt_lem_1; lra)
        | replace (sqrt x) with 2 by (symmetry; apply sqrt_lem_1; lra)
        | replace (sqrt x) with (9 / 8) by (symmetry; apply sqrt_lem_1; lra)
        | replace (sqrt x) with (13 / 4) by (symmetry; apply sqrt_lem_1; lra) ].

Ltac doubled n x :=
  first [ replace (exp x) with (2 ^ n) by (replace x with (INR n * ln 2) by (simpl; lra); symmetry; apply two_to)
        | replace (exp x) with (/ 2 ^ n)
            by (replace x with (- (INR n * ln 2)) by (simpl; lra); symmetry; apply half_to) ].

Ltac exponential x :=
  first [ doubled 0%nat x | doubled 1%nat x | doubled 2%nat x | doubled 3%nat x | doubled 4%nat x | doubled 6%nat x
        | doubled 8%nat x ].

Lemma ln_4 : ln 4 = 2 * ln 2.
Proof. replace 4 with (2 * 2) by ring; rewrite ln_mult by lra; ring. Qed.

Lemma ln_8 : ln 8 = 3 * ln 2.
Proof. replace 8 with (2 * 4) by ring; rewrite ln_mult, ln_4 by lra; ring. Qed.

Ltac logarithm x :=
  first [ replace (ln x) with 0 by (replace x with 1 by (field || lra); symmetry; apply ln_1)
        | replace (ln x) with (ln 2) by (f_equal; field || lra)
        | replace (ln x) with (2 * ln 2) by (replace x with 4 by (field || lra); symmetry; apply ln_4)
        | replace (ln x) with (3 * ln 2) by (replace x with 8 by (field || lra); symmetry; apply ln_8) ].

Ltac integer_part x :=
  first [ replace x with 0 by lra; replace (Defs.floor 0) with 0 by (symmetry; apply (floor_unique _ 0%Z); lra)
        | replace x with (1 / 2) by (field; apply PI_neq0);
          replace (Defs.floor (1 / 2)) with 0 by (symmetry; apply (floor_unique _ 0%Z); lra)
        | replace x with 1 by (field; apply PI_neq0);
          replace (Defs.floor 1) with 1 by (symmetry; apply (floor_unique _ 1%Z); lra)
        | replace x with (3 / 2) by (field; apply PI_neq0);
          replace (Defs.floor (3 / 2)) with 1 by (symmetry; apply (floor_unique _ 1%Z); lra)
        | replace x with (-2) by (field; apply PI_neq0);
          replace (Defs.floor (-2)) with (-2) by (symmetry; apply (floor_unique _ (-2)%Z); lra)
        | replace x with (- (2 / 3)) by (field; apply PI_neq0);
          replace (Defs.floor (- (2 / 3))) with (-1) by (symmetry; apply (floor_unique _ (-1)%Z); lra) ].

Ltac values :=
  repeat match goal with
  | |- context [cos ?x] => cosine x
  | |- context [sin ?x] => sine x
  | |- context [exp ?x] => exponential x
  | |- context [sqrt ?x] => root x
  | |- context [Defs.floor ?x] => integer_part x
  | |- context [ln ?x] => lazymatch x with 2 => fail | _ => logarithm x end
  end.

(** Two entries. *)
Definition two (a b : R) : sequence := fun i => match i with O => a | _ => b end.

Ltac computed := cbv beta iota delta [two response join mmul total dot apply transpose vadd vscale vzero madd mscale
  vequal phase latency phase_of_latency latency_of_phase latency_period tempered wrapped ceiling tanh sinh cosh];
  cbn [INR Nat.add Nat.mul pow].

Ltac indicators :=
  repeat match goal with
  | |- context [before ?x ?y] => unfold before at 1; destruct (Rlt_dec x y); try lra
  | |- context [same ?x ?y] => unfold same at 1; destruct (Req_EM_T x y); try lra
  | |- context [Rabs ?x] => unfold Rabs at 1; destruct (Rcase_abs x); try lra
  end.

Ltac number :=
  generalize PI_RGT_0 PI2_1 ln_2_below_1; values; intros; repeat split; intros; indicators;
  solve [lra | nra | field_simplify; lra | lia].

(** Every entry below a size of 1 or 2. *)
Ltac settled :=
  first [ computed; number
        | computed; intros [|[|i]] Hi; try (exfalso; lia); cbn [INR Nat.add Nat.mul pow]; number
        | computed; intros [|[|i]] Hi; try (exfalso; lia); cbn [INR Nat.add Nat.mul pow]; indicators;
          split; intros; lra ].

Ltac contradiction_from H :=
  revert H; computed; generalize PI_RGT_0 PI2_1 ln_2_below_1 (sqrt_sqrt 3 ltac:(lra)); values; intros ? ? ? ? H;
  first [ lra | nra
        | revert H; indicators; intros; lra
        | destruct H as [H1 H2]; first [ assert (F := H1 ltac:(lra)); lra | assert (F := H2 ltac:(lra)); lra ]
        | apply H; repeat split; lra
        | apply H; lra
        | specialize (H 0%nat ltac:(lia)); revert H; computed; values; indicators; intros; lra
        | specialize (H 1%nat ltac:(lia)); revert H; computed; values; indicators; intros; lra
        | revert H; indicators; cbn [pow]; intros H; lra
        | field_simplify in H; lra ].

Ltac premises H :=
  repeat match type of H with
  | ?A -> _ => let P := fresh in assert (P : A) by settled; specialize (H P); clear P
  end.

Ltac refuted H := premises H; contradiction_from H.

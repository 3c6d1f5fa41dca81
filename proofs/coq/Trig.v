(** Sines, cosines and exponentials between two bounds.

    Main results: cos_shrinks, sin_shrinks, chord, sin_below, tanh_below, cos_falls. *)

Require Import Defs Sums.
From Coq Require Import Reals Lra Lia.

Open Scope R_scope.

Lemma difference_of_cosines x y : cos (x - y) = 2 * sin x * sin y + cos (x + y).
Proof. rewrite cos_minus, cos_plus; ring. Qed.

Lemma cos_double x : cos (2 * x) = 1 - 2 * sin x ^ 2.
Proof. rewrite cos_2a_sin; ring. Qed.

(** The larger of two angles in [0, pi] has the smaller cosine. *)
Lemma cos_falls x y : 0 <= x < y -> y <= PI -> cos y < cos x.
Proof.
  intros Hx Hy; assert (H := difference_of_cosines ((y + x) / 2) ((y - x) / 2)).
  replace ((y + x) / 2 - (y - x) / 2) with x in H by field; replace ((y + x) / 2 + (y - x) / 2) with y in H by field.
  assert (0 < sin ((y + x) / 2)) by (apply sin_gt_0; lra).
  assert (0 < sin ((y - x) / 2)) by (apply sin_gt_0; lra).
  assert (0 < sin ((y + x) / 2) * sin ((y - x) / 2)) by (apply Rmult_lt_0_compat; assumption); lra.
Qed.

Lemma shrunk s y : 0 <= y -> 1 <= s -> 0 <= y / s <= y.
Proof.
  intros Hy Hs; split.
  - apply Rmult_le_pos; [assumption|apply Rlt_le, Rinv_0_lt_compat; lra].
  - apply (Rmult_le_reg_r s); [lra|]; replace (y / s * s) with y by (field; lra).
    rewrite <- (Rmult_1_r y) at 1; apply Rmult_le_compat_l; lra.
Qed.

Lemma cos_shrinks s y : 0 <= y <= PI -> 1 <= s -> cos y <= cos (y / s).
Proof.
  intros Hy Hs; destruct (shrunk s y) as [H1 H2]; try lra.
  destruct (Req_dec (y / s) y) as [->|Hne]; [lra|apply Rlt_le, cos_falls; lra].
Qed.

Lemma derivative_of_quotient s c : derivable_pt_lim (fun t => t / s) c (/ s).
Proof.
  intros eps Heps; exists (mkposreal 1 Rlt_0_1); intros h Hh _.
  replace (((c + h) / s - c / s) / h - / s) with 0; [rewrite Rabs_R0; assumption|].
  unfold Rdiv; rewrite Rmult_plus_distr_r; replace (c * / s + h * / s - c * / s) with (h * / s) by ring.
  rewrite (Rmult_comm h), Rmult_assoc, Rinv_r by assumption; ring.
Qed.

Lemma sin_shrinks s y : 0 <= y <= PI -> 1 <= s -> sin y <= s * sin (y / s).
Proof.
  intros Hy Hs; destruct (Req_dec y 0) as [->|Hne].
  { unfold Rdiv; rewrite Rmult_0_l, sin_0; lra. }
  destruct (MVT_cor2 (fun t => s * sin (t / s) - sin t) (fun t => s * (cos (t / s) * / s) - cos t) 0 y) as [c [H Hc]].
  - lra.
  - intros c _; apply derivable_pt_lim_minus; [|apply derivable_pt_lim_sin].
    apply derivable_pt_lim_scal, (derivable_pt_lim_comp (fun t => t / s) sin);
      [apply derivative_of_quotient|apply derivable_pt_lim_sin].
  - cbv beta in H; replace (0 / s) with 0 in H by (unfold Rdiv; ring); rewrite sin_0 in H.
    assert (cos c <= cos (c / s)) by (apply cos_shrinks; lra).
    replace (s * (cos (c / s) * / s)) with (cos (c / s)) in H by (field; lra).
    assert (0 <= (cos (c / s) - cos c) * (y - 0)) by (apply Rmult_le_pos; lra); lra.
Qed.

(** Jordan's inequality: the case of a quarter turn. *)
Lemma chord y : 0 < y <= PI / 2 -> 2 * y / PI <= sin y.
Proof.
  intros Hy; assert (Hpi := PI_RGT_0).
  assert (H : sin (PI / 2) <= PI / (2 * y) * sin (PI / 2 / (PI / (2 * y)))).
  { apply sin_shrinks; [lra|]; apply (Rmult_le_reg_r (2 * y)); [lra|].
    replace (PI / (2 * y) * (2 * y)) with PI by (field; lra); lra. }
  replace (PI / 2 / (PI / (2 * y))) with y in H by (field; lra); rewrite sin_PI2 in H.
  apply (Rmult_le_compat_l (2 * y / PI)) in H; [|apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]].
  replace (2 * y / PI * (PI / (2 * y) * sin y)) with (sin y) in H by (field; lra); lra.
Qed.

Lemma sin_below y : 0 <= y -> sin y <= y.
Proof.
  intros Hy; destruct (Req_dec y 0) as [->|Hne]; [rewrite sin_0; lra|].
  destruct (MVT_cor2 sin cos 0 y) as [c [H Hc]]; [lra|intros; apply derivable_pt_lim_sin|].
  rewrite sin_0 in H; assert (Hb := COS_bound c).
  assert (cos c * (y - 0) <= 1 * (y - 0)) by (apply Rmult_le_compat_r; lra); lra.
Qed.

Lemma one_channel_at_least w s : 0 < w <= PI -> 1 <= s -> (1 - cos w) / s ^ 2 <= 1 - cos (w / s).
Proof.
  intros Hw Hs; replace w with (2 * (w / 2)) at 1 by field.
  replace (w / s) with (2 * (w / 2 / s)) by (field; lra); rewrite !cos_double.
  set (y := w / 2); assert (Hy : 0 < y <= PI / 2) by (unfold y; lra).
  assert (0 <= sin y) by (apply sin_ge_0; lra).
  destruct (shrunk s y) as [Hl Hu]; try lra.
  assert (0 <= sin (y / s)) by (apply sin_ge_0; lra).
  assert (Hsin : sin y <= s * sin (y / s)) by (apply sin_shrinks; lra).
  assert (sin y ^ 2 <= (s * sin (y / s)) ^ 2) by (apply pow_incr; lra).
  apply (Rmult_le_reg_r (s ^ 2)); [apply pow_lt; lra|].
  replace ((1 - (1 - 2 * sin y ^ 2)) / s ^ 2 * s ^ 2) with (2 * sin y ^ 2) by (field; lra).
  replace ((1 - (1 - 2 * sin (y / s) ^ 2)) * s ^ 2) with (2 * (s * sin (y / s)) ^ 2) by ring; lra.
Qed.

Lemma one_channel_at_most w s : 0 < w <= PI -> 1 <= s -> 1 - cos (w / s) <= PI ^ 2 * (1 - cos w) / 4 / s ^ 2.
Proof.
  intros Hw Hs; assert (Hpi := PI_RGT_0); replace w with (2 * (w / 2)) at 2 by field.
  replace (w / s) with (2 * (w / 2 / s)) by (field; lra); rewrite !cos_double.
  set (y := w / 2); assert (Hy : 0 < y <= PI / 2) by (unfold y; lra).
  destruct (shrunk s y) as [Hl Hu]; try lra.
  assert (0 <= sin (y / s)) by (apply sin_ge_0; lra).
  assert (H1 : sin (y / s) <= y / s) by (apply sin_below; lra).
  assert (H2 := chord y Hy).
  assert (H3 : y / s <= PI * sin y / 2 / s).
  { apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
    apply (Rmult_le_compat_l (PI / 2)) in H2; [|lra].
    replace (PI / 2 * (2 * y / PI)) with y in H2 by (field; lra); lra. }
  assert (sin (y / s) ^ 2 <= (PI * sin y / 2 / s) ^ 2) by (apply pow_incr; lra).
  replace (PI ^ 2 * (1 - (1 - 2 * sin y ^ 2)) / 4 / s ^ 2) with (2 * (PI * sin y / 2 / s) ^ 2) by (field; lra); lra.
Qed.

(** ** Hyperbolic tangent *)

Lemma sinh_nonneg x : 0 <= x -> 0 <= sinh x.
Proof.
  intros Hx; unfold sinh; assert (exp (- x) <= exp x); [|lra].
  destruct (Req_dec x 0) as [->|Hne]; [rewrite Ropp_0; lra|apply Rlt_le, exp_increasing; lra].
Qed.

Lemma cosh_positive x : 0 < cosh x.
Proof. unfold cosh; assert (H := exp_pos x); assert (K := exp_pos (- x)); lra. Qed.

Lemma tanh_below x : 0 <= x -> tanh x <= x.
Proof.
  intros Hx; assert (Hc := cosh_positive x); unfold tanh.
  apply (Rmult_le_reg_r (cosh x)); [assumption|]; replace (sinh x / cosh x * cosh x) with (sinh x) by (field; lra).
  destruct (Req_dec x 0) as [->|Hne]; [unfold sinh; rewrite Ropp_0; lra|].
  destruct (MVT_cor2 (fun t => t * cosh t - sinh t) (fun t => (1 * cosh t + t * sinh t) - cosh t) 0 x) as [c [H Hi]].
  - lra.
  - intros c _; apply derivable_pt_lim_minus; [|apply derivable_pt_lim_sinh].
    apply (derivable_pt_lim_mult id cosh); [apply derivable_pt_lim_id|apply derivable_pt_lim_cosh].
  - cbv beta in H; replace (0 * cosh 0 - sinh 0) with 0 in H by (unfold sinh; rewrite Ropp_0; lra).
    assert (0 <= (1 * cosh c + c * sinh c - cosh c) * (x - 0)); [|lra].
    apply Rmult_le_pos; [|lra]; assert (Hs := sinh_nonneg c).
    assert (0 <= c * sinh c) by (apply Rmult_le_pos; lra); lra.
Qed.

(** tanh (r/4) in the root e of exp r. *)
Lemma tanh_quarter r : tanh (r / 4) = (exp (r / 2) - 1) / (exp (r / 2) + 1).
Proof.
  unfold tanh, sinh, cosh; assert (H := exp_pos (r / 4)); assert (K := exp_pos (- (r / 4))).
  replace (r / 2) with (r / 4 + r / 4) by field; rewrite exp_plus, exp_Ropp in *.
  set (e := exp (r / 4)) in *; assert (0 < e * e) by (apply Rmult_lt_0_compat; assumption); field; lra.
Qed.

(** ** Pairs that are turned *)

(** The inner product of two turned pairs depends on the difference of their angles only. *)
Lemma turned x X y Y a b :
  (X * cos a + x * sin a) * (Y * cos b + y * sin b) + (x * cos a - X * sin a) * (y * cos b - Y * sin b)
    = (x * y + X * Y) * cos (a - b) + (x * Y - X * y) * sin (a - b).
Proof. rewrite cos_minus, sin_minus; ring. Qed.

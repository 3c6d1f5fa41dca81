(** Softmax under a perturbation of the logits.

    Main results: softmax_sums, total_variation, softmax_variation. *)

Require Import Defs Sums Trig.
From Coq Require Import Reals Lra Lia.

Open Scope R_scope.

Definition partition (n : nat) (u : sequence) : R := total n (fun i => exp (u i)).

Lemma partition_pos n u : (1 <= n)%nat -> 0 < partition n u.
Proof. intros Hn; apply total_pos; [assumption|intros; apply exp_pos]. Qed.

Lemma softmax_sums n u : (1 <= n)%nat -> total n (fun i => exp (u i) / partition n u) = 1.
Proof.
  intros Hn; assert (H := partition_pos n u Hn); unfold Rdiv; rewrite total_scale_r.
  fold (partition n u); field; lra.
Qed.

(** Two distributions whose ratio is between A and A e^2 differ by at most (e - 1)/(e + 1) in total variation. *)
Lemma total_variation n p q A e :
  1 < e -> (forall i, (i < n)%nat -> A * p i <= q i) -> (forall i, (i < n)%nat -> q i <= A * e ^ 2 * p i) ->
  0 < A -> total n p = 1 -> total n q = 1 -> total n (fun i => Rabs (q i - p i)) / 2 <= (e - 1) / (e + 1).
Proof.
  intros He Hlow Hhigh HA Hp Hq; set (B := A * e ^ 2).
  assert (He2 : 1 < e ^ 2) by (simpl; rewrite Rmult_1_r; rewrite <- (Rmult_1_r 1); apply Rmult_le_0_lt_compat; lra).
  assert (HAB : A < B) by (unfold B; rewrite <- (Rmult_1_r A) at 1; apply Rmult_lt_compat_l; lra).
  assert (HA1 := total_le n (fun i => A * p i) q Hlow); rewrite total_scale, Hp, Hq in HA1.
  assert (HB1 := total_le n q (fun i => B * p i) Hhigh); rewrite total_scale, Hp, Hq in HB1.
  set (chord := fun i => ((B * p i - q i) * (1 - A) + (q i - A * p i) * (B - 1)) * / (B - A)).
  assert (Hinv : 0 < / (B - A)) by (apply Rinv_0_lt_compat; lra).
  assert (Hle : total n (fun i => Rabs (q i - p i)) <= total n chord).
  { apply total_le; intros i Hi; assert (H1 := Hlow i Hi); assert (H2 := Hhigh i Hi); fold B in H2; unfold chord.
    assert (K1 : 0 <= (B * p i - q i) * (1 - A) * / (B - A))
      by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
    assert (K2 : 0 <= (q i - A * p i) * (B - 1) * / (B - A))
      by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
    apply Rabs_le; split.
    - replace (q i - p i) with (- (((B * p i - q i) * (1 - A) + (q i - A * p i) * (B - 1)) * / (B - A))
        + 2 * ((q i - A * p i) * (B - 1) * / (B - A))) by (field; lra); lra.
    - replace (q i - p i) with (((B * p i - q i) * (1 - A) + (q i - A * p i) * (B - 1)) * / (B - A)
        - 2 * ((B * p i - q i) * (1 - A) * / (B - A))) by (field; lra); lra. }
  assert (Hsum : total n chord = 2 * (1 - A) * (B - 1) / (B - A)).
  { unfold chord; rewrite total_scale_r, total_plus, !total_scale_r, !total_minus, !total_scale, Hp, Hq; field; lra. }
  rewrite Hsum in Hle.
  assert (Hsq : 0 <= (A * e - 1) ^ 2) by apply pow2_ge_0.
  assert (Hfin : (1 - A) * (B - 1) / (B - A) <= (e - 1) / (e + 1)).
  { apply (Rmult_le_reg_r ((B - A) * (e + 1))); [apply Rmult_lt_0_compat; lra|].
    replace ((1 - A) * (B - 1) / (B - A) * ((B - A) * (e + 1))) with ((1 - A) * (B - 1) * (e + 1)) by (field; lra).
    replace ((e - 1) / (e + 1) * ((B - A) * (e + 1))) with ((e - 1) * (B - A)) by (field; lra).
    assert (0 <= (e + 1) * (A * e - 1) ^ 2) by (apply Rmult_le_pos; lra).
    unfold B; lra. }
  replace (2 * (1 - A) * (B - 1) / (B - A)) with (2 * ((1 - A) * (B - 1) / (B - A))) in Hle by (field; lra); lra.
Qed.

Lemma at_least_one n : INR n >= 1 -> (1 <= n)%nat.
Proof. intros H; apply INR_le; simpl; lra. Qed.

Lemma softmax_variation n m r u v :
  INR n >= 1 -> (forall i, (i < n)%nat -> m <= v i - u i) -> (forall i, (i < n)%nat -> v i - u i <= m + r) -> r > 0 ->
  total n (fun i => Rabs (exp (u i) / partition n u - exp (v i) / partition n v)) / 2 <= tanh (r / 4).
Proof.
  intros Hn Hlow Hhigh Hr; apply at_least_one in Hn; rewrite tanh_quarter.
  assert (Hu := partition_pos n u Hn); assert (Hv := partition_pos n v Hn).
  rewrite (total_ext n _ (fun i => Rabs (exp (v i) / partition n v - exp (u i) / partition n u)))
    by (intros; apply Rabs_minus_sym).
  assert (Hiv : 0 < / partition n v) by (apply Rinv_0_lt_compat; assumption).
  apply (total_variation n _ _ (exp m * partition n u / partition n v)).
  - rewrite <- exp_0 at 1; apply exp_increasing; lra.
  - intros i Hi; replace (exp m * partition n u / partition n v * (exp (u i) / partition n u))
      with (exp (m + u i) * / partition n v) by (rewrite exp_plus; field; lra).
    apply Rmult_le_compat_r; [lra|]; assert (H := Hlow i Hi).
    destruct (Req_dec (m + u i) (v i)) as [->|]; [lra|apply Rlt_le, exp_increasing; lra].
  - intros i Hi; replace (exp (r / 2) ^ 2) with (exp r)
      by (replace r with (r / 2 + r / 2) at 1 by field; rewrite exp_plus; ring).
    replace (exp m * partition n u / partition n v * exp r * (exp (u i) / partition n u))
      with (exp (m + r + u i) * / partition n v) by (rewrite !exp_plus; field; lra).
    apply Rmult_le_compat_r; [lra|]; assert (H := Hhigh i Hi).
    destruct (Req_dec (v i) (m + r + u i)) as [->|]; [lra|apply Rlt_le, exp_increasing; lra].
  - apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [apply exp_pos|assumption]|assumption].
  - apply softmax_sums, Hn.
  - apply softmax_sums, Hn.
Qed.

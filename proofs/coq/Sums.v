(** Sums, inner products and matrices of any size: what the proofs of all groups use.

    Main results: total_ext, total_plus, total_scale, total_opp, total_const, total_zero, total_le, total_lt, total_pos,
    total_nonneg, total_term, total_term_lt, total_swap, total_select; dot_comm, dot_plus_l, dot_scale_l,
    dot_adjoint. *)

Require Import Defs.
From Coq Require Import Reals Lia Lra.

Open Scope R_scope.

Lemma total_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> total n f = total n g.
Proof. induction n; simpl; intros H; [reflexivity|]. rewrite IHn, H; auto. Qed.

Lemma total_plus n f g : total n (fun i => f i + g i) = total n f + total n g.
Proof. induction n; simpl; [lra|]. rewrite IHn; lra. Qed.

Lemma total_scale n a f : total n (fun i => a * f i) = a * total n f.
Proof. induction n; simpl; [lra|]. rewrite IHn; lra. Qed.

Lemma total_scale_r n a f : total n (fun i => f i * a) = total n f * a.
Proof. induction n; simpl; [lra|]. rewrite IHn; lra. Qed.

Lemma total_opp n f : total n (fun i => - f i) = - total n f.
Proof. induction n; simpl; [lra|]. rewrite IHn; lra. Qed.

Lemma total_minus n f g : total n (fun i => f i - g i) = total n f - total n g.
Proof. induction n; simpl; [lra|]. rewrite IHn; lra. Qed.

Lemma total_const n a : total n (fun _ => a) = INR n * a.
Proof. induction n; [simpl; lra|]. rewrite S_INR; simpl; rewrite IHn; lra. Qed.

Lemma total_zero n f : (forall i, (i < n)%nat -> f i = 0) -> total n f = 0.
Proof. induction n; simpl; intros H; [lra|]. rewrite IHn, H; auto; lra. Qed.

Lemma total_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> total n f <= total n g.
Proof.
  induction n; simpl; intros H; [lra|].
  specialize (IHn (fun i Hi => H i (Nat.lt_lt_succ_r _ _ Hi))); specialize (H n (Nat.lt_succ_diag_r n)); lra.
Qed.

Lemma total_lt n f g : (1 <= n)%nat -> (forall i, (i < n)%nat -> f i < g i) -> total n f < total n g.
Proof.
  intros Hn H; destruct n as [|n]; [lia|]; simpl.
  assert (total n f <= total n g) by (apply total_le; intros i Hi; apply Rlt_le, H; lia).
  specialize (H n (Nat.lt_succ_diag_r n)); lra.
Qed.

Lemma total_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= total n f.
Proof. intros H; rewrite <- (total_zero n (fun _ => 0)); [|auto]; apply total_le, H. Qed.

Lemma total_pos n f : (1 <= n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < total n f.
Proof. intros Hn H; rewrite <- (total_zero n (fun _ => 0)); [|auto]; apply total_lt; assumption. Qed.

(** A sum of terms that are not negative is at least each of them, of positive ones more. *)
Lemma total_term n f j : (forall i, (i < n)%nat -> 0 <= f i) -> (j < n)%nat -> f j <= total n f.
Proof.
  induction n; simpl; intros H Hj; [lia|].
  assert (K := H n (Nat.lt_succ_diag_r n)).
  assert (L : 0 <= total n f) by (apply total_nonneg; intros i Hi; apply H; lia).
  destruct (Nat.eq_dec j n) as [->|Hne]; [lra|].
  specialize (IHn (fun i Hi => H i (Nat.lt_lt_succ_r _ _ Hi)) ltac:(lia)); lra.
Qed.

Lemma total_term_lt n f j : (2 <= n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> (j < n)%nat -> f j < total n f.
Proof.
  intros Hn H Hj; destruct n as [|n]; [lia|]; simpl.
  assert (K := H n (Nat.lt_succ_diag_r n)).
  assert (P : forall i, (i < n)%nat -> 0 < f i) by (intros i Hi; apply H; lia).
  assert (L : 0 < total n f) by (apply total_pos; [lia|exact P]).
  destruct (Nat.eq_dec j n) as [->|Hne]; [lra|].
  assert (M := total_term n f j (fun i Hi => Rlt_le _ _ (P i Hi)) ltac:(lia)); lra.
Qed.

Lemma total_swap m n f : total m (fun i => total n (fun j => f i j)) = total n (fun j => total m (fun i => f i j)).
Proof.
  induction m; simpl.
  - symmetry; apply total_zero; auto.
  - rewrite IHm, <- total_plus; apply total_ext; auto.
Qed.

(** Only one term does not vanish. *)
Lemma total_select n m f : (m < n)%nat -> (forall i, (i < n)%nat -> i <> m -> f i = 0) -> total n f = f m.
Proof.
  induction n; simpl; intros Hm H; [lia|].
  destruct (Nat.eq_dec m n) as [->|Hne].
  - rewrite total_zero; [lra|]; intros i Hi; apply H; lia.
  - rewrite IHn; [|lia|intros; apply H; lia]. rewrite (H n); [lra|lia|auto].
Qed.

(** ** Inner products *)

Lemma dot_ext d x y u v :
  (forall i, (i < d)%nat -> x i = u i) -> (forall i, (i < d)%nat -> y i = v i) -> dot d x y = dot d u v.
Proof. intros H K; apply total_ext; intros i Hi; rewrite H, K; auto. Qed.

Lemma dot_comm d x y : dot d x y = dot d y x.
Proof. apply total_ext; intros; lra. Qed.

Lemma dot_vadd_l d x y z : dot d (vadd x y) z = dot d x z + dot d y z.
Proof. unfold dot, vadd; rewrite <- total_plus; apply total_ext; intros; lra. Qed.

Lemma dot_vadd_r d x y z : dot d x (vadd y z) = dot d x y + dot d x z.
Proof. rewrite dot_comm, dot_vadd_l, (dot_comm d y), (dot_comm d z); reflexivity. Qed.

Lemma dot_vscale_l d a x y : dot d (vscale a x) y = a * dot d x y.
Proof. unfold dot, vscale; rewrite <- total_scale; apply total_ext; intros; lra. Qed.

Lemma dot_vscale_r d a x y : dot d x (vscale a y) = a * dot d x y.
Proof. rewrite dot_comm, dot_vscale_l, dot_comm; reflexivity. Qed.

Lemma dot_vzero_l d x : dot d vzero x = 0.
Proof. apply total_zero; unfold vzero; intros; lra. Qed.

Lemma dot_vzero_r d x : dot d x vzero = 0.
Proof. rewrite dot_comm; apply dot_vzero_l. Qed.

Lemma dot_nonneg d x : 0 <= dot d x x.
Proof. apply total_nonneg; intros; apply Rle_0_sqr. Qed.

(** ** Matrices: what they do to sums and multiples, entry by entry *)

Lemma apply_vadd n A x y i : apply n A (vadd x y) i = vadd (apply n A x) (apply n A y) i.
Proof. unfold apply, vadd; rewrite <- total_plus; apply total_ext; intros; lra. Qed.

Lemma apply_vscale n A a x i : apply n A (vscale a x) i = vscale a (apply n A x) i.
Proof. unfold apply, vscale; rewrite <- total_scale; apply total_ext; intros; lra. Qed.

Lemma apply_madd n A B x i : apply n (madd A B) x i = vadd (apply n A x) (apply n B x) i.
Proof. unfold apply, madd, vadd; rewrite <- total_plus; apply total_ext; intros; lra. Qed.

Lemma apply_mscale n a A x i : apply n (mscale a A) x i = vscale a (apply n A x) i.
Proof. unfold apply, mscale, vscale; rewrite <- total_scale; apply total_ext; intros; lra. Qed.

(** The transpose is the adjoint: <A x, y> = <x, A^T y>. *)
Lemma dot_adjoint m n A x y : dot m (apply n A x) y = dot n x (apply m (transpose A) y).
Proof.
  unfold dot, apply, transpose.
  rewrite (total_ext m _ (fun i => total n (fun j => A i j * x j * y i)))
    by (intros; rewrite total_scale_r; reflexivity).
  rewrite total_swap; apply total_ext; intros j _.
  rewrite <- total_scale; apply total_ext; intros; lra.
Qed.

(** Unfolds every sum of vectors inside inner products; what is left is arithmetic on inner products of variables. *)
Ltac linear :=
  repeat first
    [ rewrite dot_vadd_l | rewrite dot_vadd_r | rewrite dot_vscale_l | rewrite dot_vscale_r
    | rewrite dot_vzero_l | rewrite dot_vzero_r ].

(** The same where matrices stand in front. *)
Lemma dot_apply_vadd_l d n A x y z : dot d (apply n A (vadd x y)) z = dot d (apply n A x) z + dot d (apply n A y) z.
Proof. rewrite <- dot_vadd_l; apply dot_ext; auto using apply_vadd. Qed.

Lemma dot_apply_vadd_r d n A x y z : dot d z (apply n A (vadd x y)) = dot d z (apply n A x) + dot d z (apply n A y).
Proof. rewrite <- dot_vadd_r; apply dot_ext; auto using apply_vadd. Qed.

Lemma dot_apply_vscale_l d n A a x z : dot d (apply n A (vscale a x)) z = a * dot d (apply n A x) z.
Proof. rewrite <- dot_vscale_l; apply dot_ext; auto using apply_vscale. Qed.

Lemma dot_apply_vscale_r d n A a x z : dot d z (apply n A (vscale a x)) = a * dot d z (apply n A x).
Proof. rewrite <- dot_vscale_r; apply dot_ext; auto using apply_vscale. Qed.

(** ** Matrices that are multiples and sums *)

Lemma apply_ext n A x y i : (forall j, (j < n)%nat -> x j = y j) -> apply n A x i = apply n A y i.
Proof. intros H; apply total_ext; intros j Hj; rewrite H; auto. Qed.

Lemma dot_apply_ext_l d n A x y z :
  (forall j, (j < n)%nat -> x j = y j) -> dot d (apply n A x) z = dot d (apply n A y) z.
Proof. intros H; apply dot_ext; auto; intros; apply apply_ext; exact H. Qed.

Lemma dot_apply_ext_r d n A x y z :
  (forall j, (j < n)%nat -> x j = y j) -> dot d z (apply n A x) = dot d z (apply n A y).
Proof. intros H; apply dot_ext; auto; intros; apply apply_ext; exact H. Qed.

Lemma dot_apply_mscale_l d n a A x z : dot d (apply n (mscale a A) x) z = a * dot d (apply n A x) z.
Proof. rewrite <- dot_vscale_l; apply dot_ext; auto using apply_mscale. Qed.

Lemma dot_apply_mscale_r d n a A x z : dot d z (apply n (mscale a A) x) = a * dot d z (apply n A x).
Proof. rewrite <- dot_vscale_r; apply dot_ext; auto using apply_mscale. Qed.

Lemma dot_apply_madd_l d n A B x z : dot d (apply n (madd A B) x) z = dot d (apply n A x) z + dot d (apply n B x) z.
Proof. rewrite <- dot_vadd_l; apply dot_ext; auto using apply_madd. Qed.

Lemma dot_apply_madd_r d n A B x z : dot d z (apply n (madd A B) x) = dot d z (apply n A x) + dot d z (apply n B x).
Proof. rewrite <- dot_vadd_r; apply dot_ext; auto using apply_madd. Qed.

Ltac bilinear :=
  repeat first
    [ rewrite dot_apply_vadd_l | rewrite dot_apply_vadd_r | rewrite dot_apply_vscale_l | rewrite dot_apply_vscale_r
    | rewrite dot_apply_mscale_l | rewrite dot_apply_mscale_r | rewrite dot_apply_madd_l | rewrite dot_apply_madd_r
    | rewrite dot_vadd_l | rewrite dot_vadd_r | rewrite dot_vscale_l | rewrite dot_vscale_r
    | rewrite dot_vzero_l | rewrite dot_vzero_r ].

(** ** Integer parts *)

Lemma floor_bounds x : floor x <= x < floor x + 1.
Proof. unfold floor; destruct (base_Int_part x); lra. Qed.

Lemma floor_unique x n : IZR n <= x -> x < IZR n + 1 -> floor x = IZR n.
Proof.
  intros H K; destruct (floor_bounds x) as [H1 H2]; unfold floor in *; f_equal.
  assert (Int_part x < n + 1)%Z by (apply lt_IZR; rewrite plus_IZR; lra).
  assert (n < Int_part x + 1)%Z by (apply lt_IZR; rewrite plus_IZR; lra).
  lia.
Qed.

Lemma ceiling_bounds x : x <= ceiling x /\ ceiling x - 1 < x.
Proof. unfold ceiling; destruct (floor_bounds (- x)); lra. Qed.

Lemma ceiling_le_IZR x n : x <= IZR n -> ceiling x <= IZR n.
Proof.
  intros H; unfold ceiling, floor; destruct (base_Int_part (- x)) as [H1 H2].
  rewrite <- opp_IZR; apply IZR_le.
  assert (- Int_part (- x) < n + 1)%Z by (apply lt_IZR; rewrite plus_IZR, opp_IZR; lra); lia.
Qed.

(** No whole turn in less than a turn. *)
Lemma floor_of_turns theta : 0 <= theta < 2 * PI -> floor (theta / (2 * PI)) = 0.
Proof.
  intros [H1 H2]; apply (floor_unique _ 0).
  - apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra].
  - apply (Rmult_lt_reg_r (2 * PI)); [lra|]; replace (theta / (2 * PI) * (2 * PI)) with theta by (field; lra); lra.
Qed.

(** ** Roots *)

Lemma sqrt_scaled a x : 0 <= x -> sqrt (a ^ 2 * x) = Rabs a * sqrt x.
Proof.
  intros H; rewrite sqrt_mult; [|apply pow2_ge_0|exact H].
  f_equal; replace (a ^ 2) with (Rsqr a) by (unfold Rsqr; ring); apply sqrt_Rsqr_abs.
Qed.

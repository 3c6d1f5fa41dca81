(** Group I, five operations: what a spiking sequence machine and a transformer have in common.

    Main results: rank-code, context-recurrence, retrieval-limit, storage-join, decoding-argmax.
    Hypotheses: as each theorem states them; sizes are variables.
    Source: Furber et al. 2007 and arXiv:2605.00662 (Bose 2026); Bricken and Pehlevan 2021. *)

Require Import Defs Sums Trig Softmax Indicators Neurons.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** ** Squares, absolute values, the larger of two *)

Lemma squared_distance n x y :
  total n (fun i => (x i - y i) ^ 2)
  = total n (fun i => x i ^ 2) - 2 * total n (fun i => x i * y i) + total n (fun i => y i ^ 2).
Proof. rewrite <- total_scale, <- total_minus, <- total_plus; apply total_ext; intros; ring. Qed.

Lemma total_triangle n f : Rabs (total n f) <= total n (fun i => Rabs (f i)).
Proof.
  induction n; simpl; [rewrite Rabs_R0; lra|].
  apply (Rle_trans _ _ _ (Rabs_triang _ _)); lra.
Qed.

Lemma join_left x y : x <= join x y.
Proof. unfold join, Rabs; destruct (Rcase_abs (x - y)); lra. Qed.

Lemma join_right x y : y <= join x y.
Proof. unfold join, Rabs; destruct (Rcase_abs (x - y)); lra. Qed.

(** ** The statements *)

(** [rank-code]: A rank-ordered code is a latency code with evenly spaced spikes; its codes differ in order alone.
*)

Theorem rank_code__even_spacing :
  forall (alpha r t tau : R),
  tau > 0 ->
  t = - (r * tau * ln alpha) ->
  exp (- (t / tau)) = exp (r * ln alpha).
Proof.
  intros alpha r t tau Htau ->; f_equal; field; lra.
Qed.

Theorem rank_code__only_even_spacing :
  forall (alpha r t tau : R),
  tau > 0 ->
  exp (r * ln alpha) = exp (- (t / tau)) ->
  t / tau = - (r * ln alpha).
Proof.
  intros alpha r t tau Htau H; apply exp_inv in H; lra.
Qed.

Theorem rank_code__norm :
  forall (N : nat) (alpha : R) (u : sequence),
  alpha > 0 ->
  (forall k : nat, (k < N)%nat -> forall l : nat, (l < N)%nat -> same (u l) (u k) = same (INR l) (INR k)) ->
  total N (fun k => total N (fun l => same (u l) (u k) * exp (INR l * ln alpha)) * exp (INR k * ln alpha)) = total N
    (fun k => exp (2 * INR k * ln alpha)).
Proof.
  intros N alpha u Ha H; apply total_ext; intros k Hk.
  rewrite (total_ext N _ (fun l => same (INR l) (INR k) * exp (INR l * ln alpha)))
    by (intros l Hl; rewrite (H k Hk l Hl); reflexivity).
  rewrite (total_select N k); [|exact Hk|intros l _ Hne; rewrite same_apart by exact Hne; ring].
  rewrite same_refl, Rmult_1_l, <- exp_plus; f_equal; ring.
Qed.

Theorem rank_code__largest_product :
  forall (M : nat) (x y : sequence),
  total M (fun i => y i ^ 2) = total M (fun i => x i ^ 2) ->
  total M (fun i => x i * y i) <= total M (fun i => x i ^ 2).
Proof.
  intros M x y H.
  assert (K : 0 <= total M (fun i => (x i - y i) ^ 2)) by (apply total_nonneg; intros; apply pow2_ge_0).
  rewrite squared_distance in K; lra.
Qed.

Theorem rank_code__agreement :
  forall (M : nat) (x y : sequence),
  total M (fun i => y i ^ 2) = total M (fun i => x i ^ 2) ->
  (total M (fun i => x i * y i) = total M (fun i => x i ^ 2) <-> total M (fun i => (x i - y i) ^ 2) = 0).
Proof.
  intros M x y H; rewrite squared_distance, H; split; intros K; lra.
Qed.

Theorem rank_code__same_rank :
  forall (alpha r s : R),
  alpha > 0 ->
  alpha < 1 ->
  exp (r * ln alpha) = exp (s * ln alpha) ->
  r = s.
Proof.
  intros alpha r s H0 H1 H; apply exp_inv in H.
  assert (L : ln alpha < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
  apply (Rmult_eq_reg_r (ln alpha)); lra.
Qed.

(** [context-recurrence]: The context of the machine is a sum over all symbols, each decayed by its age. *)

Theorem context_recurrence__sum_over_the_past :
  forall (n : nat) (lambda : R) (c z : sequence),
  lambda > 0 ->
  INR n >= 0 ->
  (forall m : nat, (m < n)%nat -> c m = lambda * c (1 + m)%nat + z m) ->
  c 0%nat = c n * exp (INR n * ln lambda) + total n (fun m => z m * exp (INR m * ln lambda)).
Proof.
  intros n lambda c z Hl _ H; induction n as [|n IH]; [simpl; rewrite Rmult_0_l, exp_0; ring|].
  rewrite IH by (intros m Hm; apply H; lia).
  rewrite (H n) by lia; change (1 + n)%nat with (S n); simpl total; rewrite S_INR.
  replace ((INR n + 1) * ln lambda) with (INR n * ln lambda + ln lambda) by ring.
  rewrite exp_plus, exp_ln by lra; ring.
Qed.

Theorem context_recurrence__keeping_is_lossy :
  let lambda : R := 2 in
  let c : sequence := fun i => match i with | 0%nat => 3 | 1%nat => 1 | 2%nat => 0 | _ => 0 end in
  let z : sequence := fun i => match i with | 0%nat => 1 | 1%nat => 1 | _ => 0 end in
  join (lambda * c 1%nat) (z 0%nat) < c 0%nat.
Proof.
  intros lambda c z; unfold lambda, c, z, join, Rabs; destruct (Rcase_abs (2 * 1 - 1)); lra.
Qed.

(** [retrieval-limit]: Softmax retrieval is nearest-neighbour retrieval up to 2 max|v| (K - 1) exp(-beta gap), if
keys are unit vectors. *)

Theorem retrieval_limit__limit :
  forall (K : nat) (V beta gap s_best v_best : R) (s v : sequence),
  beta >= 0 ->
  (forall j : nat, (j < K)%nat -> s j <= s_best - gap) ->
  (forall j : nat, (j < K)%nat -> Rabs (v j) <= V) ->
  Rabs v_best <= V ->
  INR K >= 0 ->
  Rabs (v_best - (v_best * exp (beta * s_best) + total K (fun j => v j * exp (beta * s j))) / (total K (fun j => exp
    (beta * s j)) + exp (beta * s_best))) <= 2 * V * INR K * exp (- (beta * gap)).
Proof.
  intros K V beta gap s_best v_best s v Hb Hs Hv Hvb _; rewrite Rabs_minus_sym.
  set (top := exp (beta * s_best)); set (Z := total K (fun j => exp (beta * s j))).
  assert (Htop : 0 < top) by apply exp_pos.
  assert (HZ : 0 <= Z) by (apply total_nonneg; intros; apply Rlt_le, exp_pos).
  assert (HV : 0 <= V) by (generalize (Rabs_pos v_best); lra).
  assert (HS := exp_pos (- (beta * gap))); set (small := exp (- (beta * gap))) in *.
  assert (A : Z <= INR K * (top * small)).
  { unfold Z; rewrite <- total_const; apply total_le; intros j Hj; unfold top, small; rewrite <- exp_plus; apply exp_le.
    specialize (Hs j Hj); assert (0 <= beta * (s_best - gap - s j)) by (apply Rmult_le_pos; lra); lra. }
  assert (B : Rabs (total K (fun j => exp (beta * s j) * (v j - v_best))) <= 2 * V * Z).
  { apply (Rle_trans _ _ _ (total_triangle K _)); unfold Z; rewrite <- total_scale; apply total_le; intros j Hj.
    specialize (Hv j Hj); rewrite Rabs_mult, (Rabs_right (exp _)) by (apply Rle_ge, Rlt_le, exp_pos).
    rewrite (Rmult_comm (2 * V)); apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
    apply (Rle_trans _ _ _ (Rabs_triang _ _)); rewrite Rabs_Ropp; lra. }
  assert (C : (v_best * top + total K (fun j => v j * exp (beta * s j))) / (Z + top) - v_best
    = total K (fun j => exp (beta * s j) * (v j - v_best)) * / (Z + top)).
  { rewrite (total_ext K (fun j => exp (beta * s j) * (v j - v_best))
      (fun j => v j * exp (beta * s j) - v_best * exp (beta * s j))) by (intros; ring).
    rewrite total_minus, total_scale; fold Z; field; lra. }
  rewrite C, Rabs_mult, (Rabs_right (/ (Z + top))) by (apply Rle_ge, Rlt_le, Rinv_0_lt_compat; lra).
  apply (Rmult_le_reg_r (Z + top)); [lra|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply (Rle_trans _ _ _ B).
  assert (0 <= 2 * V * (INR K * (top * small) - Z)) by (apply Rmult_le_pos; lra).
  assert (0 <= 2 * V * INR K * small * Z).
  { apply Rmult_le_pos; [|exact HZ]; apply Rmult_le_pos; [|lra].
    apply Rmult_le_pos; [lra|apply pos_INR]. }
  lra.
Qed.

Theorem retrieval_limit__nearest :
  forall (d : nat) (q x y : sequence),
  dot d x x = 1 ->
  dot d y y = 1 ->
  dot d q x - dot d q y = dot d (vadd (vscale (- 1) y) q) (vadd (vscale (- 1) y) q) / 2 - dot d (vadd (vscale (- 1)
    x) q) (vadd (vscale (- 1) x) q) / 2.
Proof.
  intros d q x y Hx Hy; linear; rewrite (dot_comm d x q), (dot_comm d y q), Hx, Hy; field.
Qed.

(** [storage-join]: A max store forgets how often and in which order; a sum store is linear attention exactly. *)

Theorem storage_join__keeps :
  forall (W e : R),
  W <= join W e.
Proof.
  intros; apply join_left.
Qed.

Theorem storage_join__stores :
  forall (W e : R),
  e <= join W e.
Proof.
  intros; apply join_right.
Qed.

Theorem storage_join__least :
  forall (B W e : R),
  W <= B ->
  e <= B ->
  join W e <= B.
Proof.
  intros B W e; unfold join, Rabs; destruct (Rcase_abs (W - e)); lra.
Qed.

Theorem storage_join__idempotent :
  forall (W e : R),
  join (join W e) e = join W e.
Proof.
  intros W e; assert (H := join_right W e); set (J := join W e) in *; unfold join.
  rewrite Rabs_right by lra; field.
Qed.

Theorem storage_join__commutative :
  forall (W e f : R),
  join (join W e) f = join (join W f) e.
Proof.
  intros W e f; unfold join, Rabs; repeat destruct (Rcase_abs _); lra.
Qed.

Theorem storage_join__sum_store :
  forall (K d : nat) (q x : sequence) (A D : matrix),
  dot d q (apply d (mmul K D A) x) = dot K (apply d (transpose D) q) (apply d A x).
Proof.
  intros K d q x A D; rewrite dot_comm, (dot_comm K).
  rewrite <- (dot_adjoint d K); rewrite dot_comm; rewrite (dot_comm d (apply K D (apply d A x))).
  apply dot_ext; [reflexivity|]; intros i _; unfold apply, mmul.
  rewrite (total_ext d _ (fun j => total K (fun k => D i k * A k j * x j)))
    by (intros; rewrite total_scale_r; reflexivity).
  rewrite total_swap; apply total_ext; intros k _; rewrite <- total_scale; apply total_ext; intros; ring.
Qed.

Theorem storage_join__max_is_not_sum :
  let W : R := 0 in
  let e : R := 1 in
  join (join W e) e <> W + 2 * e.
Proof.
  intros W e; unfold W, e, join, Rabs; repeat destruct (Rcase_abs _); lra.
Qed.

(** [decoding-argmax]: Among codes of equal norm the largest dot product, the largest cosine and the least distance
choose the same. *)

Theorem decoding_argmax__distance :
  forall (d : nat) (q x y : sequence),
  dot d y y = dot d x x ->
  (dot d q y < dot d q x <-> dot d (vadd (vscale (- 1) x) q) (vadd (vscale (- 1) x) q) < dot d (vadd (vscale (- 1)
    y) q) (vadd (vscale (- 1) y) q)).
Proof.
  intros d q x y H; linear; rewrite (dot_comm d x q), (dot_comm d y q), H; split; intros K; lra.
Qed.

Theorem decoding_argmax__cosine :
  forall (d : nat) (q x y : sequence),
  dot d y y = dot d x x ->
  sqrt (dot d x x) > 0 ->
  sqrt (dot d q q) > 0 ->
  (dot d q y < dot d q x <-> dot d q y / sqrt (dot d q q) / sqrt (dot d y y) < dot d q x / sqrt (dot d q q) / sqrt
    (dot d x x)).
Proof.
  intros d q x y H Hx Hq; rewrite H.
  assert (Hi : 0 < / sqrt (dot d q q) * / sqrt (dot d x x))
    by (apply Rmult_lt_0_compat; apply Rinv_0_lt_compat; lra).
  unfold Rdiv; rewrite !Rmult_assoc; split; intros K.
  - apply Rmult_lt_compat_r; assumption.
  - apply Rmult_lt_reg_r in K; assumption.
Qed.

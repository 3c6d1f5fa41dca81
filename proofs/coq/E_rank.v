(** Group E, rank: codes that depend on the order of the positions only.

    Main results: rank-invariance, rank-gram, relabelling.
    Hypotheses: as each theorem states them; sizes, frequencies and heads are variables.
    Source: arXiv:2605.00662 (Bose 2026): time, phase and rank as three forms of one ordered index. *)

Require Import Defs Sums Trig Softmax Indicators.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [rank-invariance]: An increasing re-timing changes no rank, hence no code that is a function of rank. *)

Theorem rank_invariance__rank :
  forall (L : nat) (x y : R) (s t : sequence),
  (forall j : nat, (j < L)%nat -> (t j < x <-> s j < y)) ->
  total L (fun j => before (t j) x) = total L (fun j => before (s j) y).
Proof.
  intros L x y s t H; apply total_ext; intros j Hj; apply before_iff, H, Hj.
Qed.

Theorem rank_invariance__affine :
  forall (L : nat) (a b x : R) (t : sequence),
  a > 0 ->
  total L (fun j => before (b + a * t j) (b + a * x)) = total L (fun j => before (t j) x).
Proof.
  intros L a b x t Ha; apply total_ext; intros j _; apply before_iff; split; intros H.
  - apply (Rmult_lt_reg_l a); lra.
  - apply Rplus_lt_compat_l, Rmult_lt_compat_l; lra.
Qed.

(** [rank-gram]: One-hot rank codes are orthonormal: all pairs are equally far apart, and there is none past the
table. *)

Theorem rank_gram__gram :
  forall (L : nat) (m n : Z),
  IZR m >= 0 ->
  IZR m <= INR L - 1 ->
  total L (fun i => same (INR i) (IZR m) * same (INR i) (IZR n)) = same (IZR m) (IZR n).
Proof.
  intros L m n H0 H1; destruct (position L m H0 H1) as [k [Hk ->]].
  rewrite (total_select L k); [rewrite same_refl; ring|exact Hk|].
  intros i Hi Hne; rewrite same_apart by exact Hne; ring.
Qed.

Theorem rank_gram__norm :
  forall (L : nat) (n : Z),
  IZR n >= 0 ->
  IZR n <= INR L - 1 ->
  total L (fun i => same (INR i) (IZR n) ^ 2) = 1.
Proof.
  intros L n H0 H1; destruct (position L n H0 H1) as [k [Hk ->]].
  rewrite (total_select L k); [rewrite same_refl; ring|exact Hk|].
  intros i Hi Hne; rewrite same_apart by exact Hne; ring.
Qed.

Theorem rank_gram__distance :
  forall (L : nat) (m n : Z),
  IZR m >= 0 ->
  IZR m <= INR L - 1 ->
  IZR n >= 0 ->
  IZR n <= INR L - 1 ->
  IZR m < IZR n ->
  total L (fun i => (same (INR i) (IZR m) - same (INR i) (IZR n)) ^ 2) = 2.
Proof.
  intros L m n Hm0 Hm1 Hn0 Hn1 Hmn.
  rewrite (total_ext L _ (fun i => same (INR i) (IZR m) ^ 2 + same (INR i) (IZR n) ^ 2
    - 2 * (same (INR i) (IZR m) * same (INR i) (IZR n)))) by (intros; ring).
  rewrite total_minus, total_plus, total_scale, !rank_gram__norm, rank_gram__gram by assumption.
  rewrite same_neq by lra; ring.
Qed.

Theorem rank_gram__past_the_table :
  forall (L : nat) (m : Z),
  IZR m >= INR L ->
  (forall i : nat, (i < L)%nat -> same (INR i) (IZR m) = 0).
Proof.
  intros L m H i Hi; apply same_neq; apply lt_INR in Hi; lra.
Qed.

(** [relabelling]: The rank of a position's time, or of its unwrapped phase, is the position itself. *)

Theorem relabelling__position :
  forall (L : nat) (m : Z),
  IZR m >= 0 ->
  IZR m <= INR L ->
  total L (fun i => before (INR i) (IZR m)) = IZR m.
Proof.
  intros L m H0 H1; apply counted; assumption.
Qed.

Theorem relabelling__time :
  forall (L : nat) (m : Z) (T t0 : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  INR L >= 1 ->
  T > 0 ->
  total L (fun i => before (latency (INR i) T (INR L) t0) (latency (IZR m) T (INR L) t0)) = IZR m.
Proof.
  intros L m T t0 H0 H1 HL HT; transitivity (total L (fun i => before (INR i) (IZR m))); [|apply counted;
    assumption].
  apply total_ext; intros i _; apply before_iff; unfold latency; assert (K : 0 < T / INR L) by (apply
    Rdiv_lt_0_compat; lra).
  split; intros H; [apply (Rmult_lt_reg_l (T / INR L)); lra|apply Rplus_lt_compat_l, Rmult_lt_compat_l; lra].
Qed.

Theorem relabelling__phase :
  forall (L : nat) (m : Z) (w : R),
  IZR m >= 0 ->
  IZR m <= INR L ->
  w > 0 ->
  total L (fun i => before (phase (INR i) w) (phase (IZR m) w)) = IZR m.
Proof.
  intros L m w H0 H1 Hw; transitivity (total L (fun i => before (INR i) (IZR m))); [|apply counted; assumption].
  apply total_ext; intros i _; apply before_iff; unfold phase.
  split; intros H; [apply (Rmult_lt_reg_l w); lra|apply Rmult_lt_compat_l; lra].
Qed.

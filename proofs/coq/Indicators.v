(** Indicators: what they are, how many of them are 1, and what they select.

    Main results: before_iff, same_refl, same_neq, same_apart, position, counted, neighbours. *)

Require Import Defs Sums.
From Coq Require Import Reals ZArith Lra Lia.

Open Scope R_scope.

Lemma before_iff x y z t : (x < y <-> z < t) -> before x y = before z t.
Proof. intros H; unfold before; destruct (Rlt_dec x y), (Rlt_dec z t); tauto || reflexivity. Qed.

Lemma same_refl x : same x x = 1.
Proof. unfold same; destruct (Req_EM_T x x); [reflexivity|contradiction]. Qed.

Lemma same_neq x y : x <> y -> same x y = 0.
Proof. intros H; unfold same; destruct (Req_EM_T x y); [contradiction|reflexivity]. Qed.

Lemma same_apart i k : i <> k -> same (INR i) (INR k) = 0.
Proof. intros H; apply same_neq, not_INR, H. Qed.

(** An integer between 0 and n - 1 is a position. *)
Lemma position n m : IZR m >= 0 -> IZR m <= INR n - 1 -> exists k, (k < n)%nat /\ IZR m = INR k.
Proof.
  intros H0 H1; rewrite INR_IZR_INZ in H1; exists (Z.to_nat m).
  assert (0 <= m)%Z by (apply le_IZR; lra).
  assert (m < Z.of_nat n)%Z by (apply lt_IZR; lra).
  split; [lia|rewrite INR_IZR_INZ, Z2Nat.id by assumption; reflexivity].
Qed.

Lemma counted_nat n k : (k <= n)%nat -> total n (fun i => before (INR i) (INR k)) = INR k.
Proof.
  intros H; induction n; [replace k with O by lia; reflexivity|].
  simpl total; destruct (Nat.eq_dec k (S n)) as [->|Hne].
  - rewrite (total_ext n _ (fun _ => 1)).
    + rewrite total_const; unfold before; destruct (Rlt_dec (INR n) (INR (S n))) as [_|Hf]; [rewrite S_INR; lra|].
      exfalso; apply Hf, lt_INR; lia.
    + intros i Hi; unfold before; destruct (Rlt_dec (INR i) (INR (S n))) as [_|Hf]; [reflexivity|].
      exfalso; apply Hf, lt_INR; lia.
  - rewrite IHn by lia; unfold before; destruct (Rlt_dec (INR n) (INR k)) as [Hf|_]; [|lra].
    apply INR_lt in Hf; lia.
Qed.

Lemma counted n m : IZR m >= 0 -> IZR m <= INR n -> total n (fun i => before (INR i) (IZR m)) = IZR m.
Proof.
  intros H0 H1; assert (E : IZR m = INR (Z.to_nat m)).
  { rewrite INR_IZR_INZ, Z2Nat.id; [reflexivity|apply le_IZR; lra]. }
  rewrite E in *; apply counted_nat, INR_le, H1.
Qed.

(** Squared distance of two points of the circle. *)
Lemma neighbours x y : (cos (x + y) - cos x) ^ 2 + (sin (x + y) - sin x) ^ 2 = 2 - 2 * cos y.
Proof.
  rewrite cos_plus, sin_plus; assert (H := sin2_cos2 x); assert (K := sin2_cos2 y); unfold Rsqr in *.
  replace ((cos x * cos y - sin x * sin y - cos x) ^ 2 + (sin x * cos y + cos x * sin y - sin x) ^ 2)
    with ((sin x * sin x + cos x * cos x) * (sin y * sin y + cos y * cos y + 1 - 2 * cos y)) by ring.
  rewrite H, K; ring.
Qed.

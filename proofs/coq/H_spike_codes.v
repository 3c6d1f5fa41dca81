(** Group H, spike codes: how many spikes a softmax costs.

    Main results: spike-rate-stochastic, spike-rate-deterministic, spike-latency-code, spike-count-lower-bound.
    Hypotheses: as each theorem states them; numbers of units, steps and outcomes are variables.
    Source: arXiv:2604.15769 (Guo, Wu and Yiu 2026) for the published lower bound; the proofs are our own. *)

Require Import Defs Sums Trig Softmax Indicators Neurons.
From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** [spike-rate-stochastic]: Independent spikes estimate softmax with an error of at most sqrt((n-1)/(4 N)) after N
steps. *)

Theorem spike_rate_stochastic__one_step :
  forall (a : R),
  a * (1 - a) ^ 2 + a ^ 2 * (1 - a) = a * (1 - a).
Proof.
  intros; ring.
Qed.

Theorem spike_rate_stochastic__independent :
  forall (K M : nat) (q r x y : sequence),
  total K (fun k => q k) = 1 ->
  total M (fun l => r l) = 1 ->
  total K (fun k => q k * x k) = 0 ->
  total K (fun k => q k * total M (fun l => (x k + y l) ^ 2 * r l)) = total K (fun k => x k ^ 2 * q k) + total M
    (fun l => y l ^ 2 * r l).
Proof.
  intros K M q r x y Hq Hr Hx.
  rewrite (total_ext K _ (fun k => x k ^ 2 * q k + q k * x k * (2 * total M (fun l => r l * y l))
    + q k * total M (fun l => y l ^ 2 * r l))).
  - rewrite !total_plus, !total_scale_r, Hx; change (total K q) with (total K (fun k => q k)); rewrite Hq; ring.
  - intros k _.
    rewrite (total_ext M _ (fun l => x k ^ 2 * r l + 2 * x k * (r l * y l) + y l ^ 2 * r l)) by (intros; ring).
    rewrite !total_plus, !total_scale; change (total M r) with (total M (fun l => r l)); rewrite Hr; ring.
Qed.

Theorem spike_rate_stochastic__mean_deviation :
  forall (K : nat) (mu : R) (q x : sequence),
  (forall k : nat, (k < K)%nat -> q k >= 0) ->
  total K (fun k => q k) = 1 ->
  mu = total K (fun k => Rabs (x k) * q k) ->
  mu ^ 2 <= total K (fun k => x k ^ 2 * q k).
Proof.
  intros K mu q x Hq H1 Hmu.
  assert (H : 0 <= total K (fun k => q k * (Rabs (x k) - mu) ^ 2)).
  { apply total_nonneg; intros k Hk; apply Rmult_le_pos; [specialize (Hq k Hk); lra|apply pow2_ge_0]. }
  rewrite (total_ext K _ (fun k => x k ^ 2 * q k + (- (2 * mu)) * (Rabs (x k) * q k) + mu ^ 2 * q k)) in H.
  - rewrite !total_plus, !total_scale, <- Hmu in H; change (total K q) with (total K (fun k => q k)) in H.
    rewrite H1 in H; lra.
  - intros k _; replace (x k ^ 2) with (Rabs (x k) ^ 2) by (rewrite pow2_abs; reflexivity); ring.
Qed.

Theorem spike_rate_stochastic__total_variation :
  forall (n : nat) (N X : R) (e p : sequence),
  total n (fun j => p j) = 1 ->
  INR n >= 1 ->
  N > 0 ->
  (forall j : nat, (j < n)%nat -> e j ^ 2 <= (1 - p j) * p j / N) ->
  (forall j : nat, (j < n)%nat -> e j >= 0) ->
  X = total n (fun j => e j) ->
  X / 2 <= sqrt ((INR n - 1) / N) / 2.
Proof.
  intros n N X e p Hp Hn HN He Hpos HX.
  assert (HX0 : 0 <= X) by (rewrite HX; apply total_nonneg; intros j Hj; specialize (Hpos j Hj); lra).
  assert (HiN : 0 < / N) by (apply Rinv_0_lt_compat; lra).
  assert (A : total n (fun j => e j ^ 2) <= total n (fun j => p j - p j ^ 2) * / N).
  { rewrite <- total_scale_r; apply total_le; intros j Hj; specialize (He j Hj); unfold Rdiv in He; lra. }
  rewrite total_minus in A; change (total n p) with (total n (fun j => p j)) in A; rewrite Hp in A.
  assert (B : X ^ 2 <= INR n * total n (fun j => e j ^ 2)).
  { assert (H : 0 <= total n (fun j => (INR n * e j - X) ^ 2)) by (apply total_nonneg; intros; apply pow2_ge_0).
    rewrite (total_ext n _ (fun j => INR n ^ 2 * e j ^ 2 + (- (2 * INR n * X)) * e j + X ^ 2)) in H by (intros; ring).
    rewrite !total_plus, !total_scale, total_const in H; change (total n e) with (total n (fun j => e j)) in H.
    rewrite <- HX in H; apply (Rmult_le_reg_l (INR n)); lra. }
  assert (C : 1 <= INR n * total n (fun j => p j ^ 2)).
  { assert (H : 0 <= total n (fun j => (INR n * p j - 1) ^ 2)) by (apply total_nonneg; intros; apply pow2_ge_0).
    rewrite (total_ext n _ (fun j => INR n ^ 2 * p j ^ 2 + (- (2 * INR n)) * p j + 1)) in H by (intros; ring).
    rewrite !total_plus, !total_scale, total_const in H; change (total n p) with (total n (fun j => p j)) in H.
    rewrite Hp in H; apply (Rmult_le_reg_l (INR n)); lra. }
  assert (D : X ^ 2 <= (INR n - 1) / N).
  { apply (Rle_trans _ _ _ B), (Rle_trans _ (INR n * ((1 - total n (fun j => p j ^ 2)) * / N))).
    - apply Rmult_le_compat_l; [lra|exact A].
    - unfold Rdiv; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra. }
  apply Rmult_le_compat_r; [lra|]; rewrite <- (sqrt_pow2 X) by exact HX0; apply sqrt_le_1_alt, D.
Qed.

(** [spike-rate-deterministic]: Deterministic lateral inhibition counts softmax to less than (n-1)/N after N steps.
*)

Theorem spike_rate_deterministic__above :
  forall (n : nat) (m : R) (c p v : sequence),
  total n (fun j => p j) = 1 ->
  (forall j : nat, (j < n)%nat -> p j >= 0) ->
  INR n >= 1 ->
  (forall j : nat, (j < n)%nat -> 1 + v j > 0) ->
  total n (fun j => v j) = 0 ->
  (forall j : nat, (j < n)%nat -> p j + v j <= m) ->
  (forall j : nat, (j < n)%nat -> c j ^ 2 = c j) ->
  (forall j : nat, (j < n)%nat -> (p j + v j - m) * c j >= 0) ->
  (forall j : nat, (j < n)%nat -> 1 + p j + v j - c j > 0).
Proof.
  intros n m c p v Hp Hp0 Hn Hv Hsum Hm Hc Hwin j Hj.
  assert (Hm0 : 0 < m).
  { assert (H : total n (fun j => p j + v j) <= total n (fun _ => m)) by (apply total_le; exact Hm).
    rewrite total_plus, total_const in H; change (total n p) with (total n (fun j => p j)) in H.
    change (total n v) with (total n (fun j => v j)) in H; rewrite Hp, Hsum in H.
    destruct (Rlt_le_dec 0 m) as [|K]; [assumption|].
    assert (0 <= INR n * - m) by (apply Rmult_le_pos; lra); lra. }
  specialize (Hp0 j Hj); specialize (Hv j Hj); specialize (Hc j Hj); specialize (Hwin j Hj).
  assert (Z : c j * (1 - c j) = 0) by (simpl in Hc; lra).
  destruct (Rmult_integral _ _ Z) as [K|K]; [rewrite K; lra|].
  replace (c j) with 1 in * by lra; lra.
Qed.

Theorem spike_rate_deterministic__balanced :
  forall (n : nat) (c p v : sequence),
  total n (fun j => p j) = 1 ->
  total n (fun j => v j) = 0 ->
  total n (fun j => c j) = 1 ->
  total n (fun j => p j + v j - c j) = 0.
Proof.
  intros n c p v Hp Hv Hc; rewrite total_minus, total_plus.
  change (total n p) with (total n (fun j => p j)); change (total n v) with (total n (fun j => v j)).
  change (total n c) with (total n (fun j => c j)); rewrite Hp, Hv, Hc; ring.
Qed.

Theorem spike_rate_deterministic__error :
  forall (n : nat) (N : R) (c p v : sequence),
  N > 0 ->
  (forall j : nat, (j < n)%nat -> 1 + v j > 0) ->
  total n (fun j => v j) = 0 ->
  (forall j : nat, (j < n)%nat -> v j = N * p j - c j) ->
  INR n >= 2 ->
  (forall j : nat, (j < n)%nat -> Rabs (p j - c j / N) < (INR n - 1) / N).
Proof.
  intros n N c p v HN Hv Hsum Hc Hn j Hj.
  assert (H2 : (2 <= n)%nat) by (apply INR_le; simpl; lra).
  assert (A := total_term_lt n (fun j => 1 + v j) j H2 (fun i Hi => Rgt_lt _ _ (Hv i Hi)) Hj); cbv beta in A.
  rewrite total_plus, total_const in A; change (total n v) with (total n (fun j => v j)) in A; rewrite Hsum in A.
  specialize (Hv j Hj); specialize (Hc j Hj); assert (HiN : 0 < / N) by (apply Rinv_0_lt_compat; lra).
  replace (p j - c j / N) with (v j * / N) by (rewrite Hc; field; lra).
  rewrite Rabs_mult, (Rabs_right (/ N)) by lra; apply Rmult_lt_compat_r; [exact HiN|].
  apply Rabs_def1; lra.
Qed.

(** [spike-latency-code]: A latency code costs one spike for each value, whatever the accuracy: the resolution sets
the error. *)

Theorem spike_latency_code__relative_error :
  forall (n : nat) (S_ T dt tau : R) (s t : sequence),
  tau > 0 ->
  (forall j : nat, (j < n)%nat -> Rabs (s j - t j) <= dt) ->
  Rabs (S_ - T) <= dt ->
  (forall j : nat, (j < n)%nat -> Rabs (exp (- ((T - t j) / tau)) - exp (- ((S_ - s j) / tau))) <= (exp (2 * dt /
    tau) - 1) * exp ((t j - T) / tau)).
Proof.
  intros n S_ T dt tau s t Htau Hs HS j Hj; specialize (Hs j Hj).
  apply Rabs_def2_le in Hs; apply Rabs_def2_le in HS.
  replace (- ((T - t j) / tau)) with ((t j - T) / tau) by (field; lra).
  replace (- ((S_ - s j) / tau)) with ((t j - T) / tau + (s j - S_ - t j + T) / tau) by (field; lra).
  rewrite exp_plus; set (a := exp ((t j - T) / tau)); assert (Ha : 0 < a) by apply exp_pos.
  set (x := (s j - S_ - t j + T) / tau).
  assert (U : exp x <= exp (2 * dt / tau)).
  { apply exp_le, Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (L : / exp (2 * dt / tau) <= exp x).
  { rewrite <- exp_Ropp; apply exp_le; replace (- (2 * dt / tau)) with (- (2 * dt) / tau) by (field; lra).
    apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (HE := exp_pos (2 * dt / tau)); set (E := exp (2 * dt / tau)) in *.
  assert (Q : 2 - E <= / E).
  { apply (Rmult_le_reg_l E); [exact HE|]; rewrite Rinv_r by lra; generalize (pow2_ge_0 (E - 1)); lra. }
  apply Rabs_le; split.
  - assert (0 <= a * (E - exp x)) by (apply Rmult_le_pos; lra); lra.
  - assert (0 <= a * (exp x - (2 - E))) by (apply Rmult_le_pos; lra); lra.
Qed.

(** [spike-count-lower-bound]: A decoder of independent counts needs L^2 u^2 (1 - u)/((1 + sqrt e) eps)^2 spikes;
other codes do not. *)

Theorem spike_count_lower_bound__two_rates :
  forall (K : nat) (A a b eps : R) (g q rho : sequence),
  (forall k : nat, (k < K)%nat -> q k >= 0) ->
  total K (fun k => q k * rho k) = 1 ->
  (forall k : nat, (k < K)%nat -> rho k >= 0) ->
  total K (fun k => rho k ^ 2 * q k) <= A ^ 2 ->
  A > 0 ->
  eps > 0 ->
  total K (fun k => (g k - a) ^ 2 * q k) <= eps ^ 2 ->
  total K (fun k => (g k - b) ^ 2 * q k * rho k) <= eps ^ 2 ->
  b - a <= eps * (1 + A).
Proof.
  intros K A a b eps g q rho Hq H1 Hrho HA HA0 He Ea Eb.
  assert (X : total K (fun k => q k * rho k * (g k - a))
    <= eps / (2 * A) * total K (fun k => rho k ^ 2 * q k) + A / (2 * eps) * total K (fun k => (g k - a) ^ 2 * q k)).
  { rewrite <- !total_scale, <- total_plus; apply total_le; intros k Hk; specialize (Hq k Hk).
    assert (Hc : 0 < A * / (2 * eps)) by (apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
    assert (H : 0 <= q k * (A * / (2 * eps)) * (eps / A * rho k - (g k - a)) ^ 2).
    { apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply pow2_ge_0]. }
    replace (q k * (A * / (2 * eps)) * (eps / A * rho k - (g k - a)) ^ 2)
      with (eps / (2 * A) * (rho k ^ 2 * q k) + A / (2 * eps) * ((g k - a) ^ 2 * q k) - q k * rho k * (g k - a)) in H
      by (field; lra).
    lra. }
  assert (Y : total K (fun k => q k * rho k * (b - g k))
    <= eps / 2 * total K (fun k => q k * rho k) + / (2 * eps) * total K (fun k => (g k - b) ^ 2 * q k * rho k)).
  { rewrite <- !total_scale, <- total_plus; apply total_le; intros k Hk; specialize (Hq k Hk); specialize (Hrho k Hk).
    assert (Hc : 0 < / (2 * eps)) by (apply Rinv_0_lt_compat; lra).
    assert (H : 0 <= q k * rho k * / (2 * eps) * (eps - (b - g k)) ^ 2).
    { apply Rmult_le_pos; [apply Rmult_le_pos; [apply Rmult_le_pos|]; lra|apply pow2_ge_0]. }
    replace (q k * rho k * / (2 * eps) * (eps - (b - g k)) ^ 2)
      with (eps / 2 * (q k * rho k) + / (2 * eps) * ((g k - b) ^ 2 * q k * rho k) - q k * rho k * (b - g k)) in H
      by (field; lra).
    lra. }
  assert (Z : b - a = total K (fun k => q k * rho k * (g k - a)) + total K (fun k => q k * rho k * (b - g k))).
  { rewrite <- total_plus, (total_ext K _ (fun k => (b - a) * (q k * rho k))) by (intros; ring).
    rewrite total_scale, H1; ring. }
  assert (X1 : eps / (2 * A) * total K (fun k => rho k ^ 2 * q k) <= eps / (2 * A) * A ^ 2).
  { apply Rmult_le_compat_l; [apply Rlt_le, Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]|exact HA]. }
  assert (X2 : A / (2 * eps) * total K (fun k => (g k - a) ^ 2 * q k) <= A / (2 * eps) * eps ^ 2).
  { apply Rmult_le_compat_l; [apply Rlt_le, Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]|exact Ea]. }
  assert (Y1 : / (2 * eps) * total K (fun k => (g k - b) ^ 2 * q k * rho k) <= / (2 * eps) * eps ^ 2).
  { apply Rmult_le_compat_l; [apply Rlt_le, Rinv_0_lt_compat; lra|exact Eb]. }
  replace (eps / (2 * A) * A ^ 2) with (eps * A / 2) in X1 by (field; lra).
  replace (A / (2 * eps) * eps ^ 2) with (eps * A / 2) in X2 by (field; lra).
  replace (/ (2 * eps) * eps ^ 2) with (eps / 2) in Y1 by (field; lra).
  rewrite H1 in Y; lra.
Qed.

Theorem spike_count_lower_bound__one_step :
  forall (D u : R),
  u > 0 ->
  u < 1 ->
  (D + u) ^ 2 / u + (1 - D - u) ^ 2 / (1 - u) = 1 + D ^ 2 / u / (1 - u).
Proof.
  intros D u H0 H1; field; lra.
Qed.

Theorem spike_count_lower_bound__steps_multiply :
  forall (K M : nat) (q r rho sigma : sequence),
  total K (fun k => q k * total M (fun l => rho k ^ 2 * sigma l ^ 2 * r l)) = total K (fun k => rho k ^ 2 * q k) *
    total M (fun l => sigma l ^ 2 * r l).
Proof.
  intros K M q r rho sigma; rewrite <- total_scale_r; apply total_ext; intros k _.
  rewrite (total_ext M _ (fun l => rho k ^ 2 * (sigma l ^ 2 * r l))) by (intros; ring); rewrite total_scale; ring.
Qed.

Theorem spike_count_lower_bound__steps :
  forall (N z : R),
  N > 0 ->
  z >= 0 ->
  exp (N * ln (1 + z)) <= exp (N * z).
Proof.
  intros N z HN Hz; apply exp_le, Rmult_le_compat_l; [lra|].
  rewrite <- (ln_exp z) at 2; destruct (tangent z) as [H|H]; [apply Rlt_le, ln_increasing; lra|rewrite <- H; lra].
Qed.

Theorem spike_count_lower_bound__spikes :
  forall (D L N eps u : R),
  u > 0 ->
  N > 0 ->
  eps > 0 ->
  D >= 0 ->
  L >= 0 ->
  u * (1 - u) <= N * D ^ 2 ->
  D * L <= eps * (1 + exp (1 / 2)) ->
  N * u >= L ^ 2 * u ^ 2 * (1 - u) / eps ^ 2 / (1 + exp (1 / 2)) ^ 2.
Proof.
  intros D L N eps u Hu HN He HD HL Hdev Hsens.
  assert (HG := exp_pos (1 / 2)); set (G := 1 + exp (1 / 2)) in *; assert (HG1 : 0 < G) by (unfold G; lra).
  assert (A : 0 <= (eps * G - D * L) * (eps * G + D * L)).
  { apply Rmult_le_pos; [lra|]; assert (0 <= D * L) by (apply Rmult_le_pos; lra).
    assert (0 <= eps * G) by (apply Rmult_le_pos; lra); lra. }
  assert (B : 0 <= N * u * ((eps * G - D * L) * (eps * G + D * L))).
  { apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact A]. }
  assert (C : 0 <= L ^ 2 * u * (N * D ^ 2 - u * (1 - u))).
  { apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|lra]. }
  assert (He2 : 0 < eps ^ 2) by (apply pow_lt; lra); assert (HG2 : 0 < G ^ 2) by (apply pow_lt; lra).
  apply Rle_ge, (Rmult_le_reg_r (eps ^ 2 * G ^ 2)); [apply Rmult_lt_0_compat; lra|].
  replace (L ^ 2 * u ^ 2 * (1 - u) / eps ^ 2 / G ^ 2 * (eps ^ 2 * G ^ 2)) with (L ^ 2 * u ^ 2 * (1 - u))
    by (field; split; lra).
  lra.
Qed.

(** Kernels of sinusoidal encodings at the classical frequencies, enclosed by computation with integers.

    Main results: [enclosed]: the sum of the cosines of a multiple of the frequencies, which are powers of one number,
    lies between two integers over [unit]; [kernel_rises]: from one multiple to another it rises, which is computed;
    the tactic [power_of_ten], for frequencies that are written as fractions of roots of 10.
    Hypotheses: none; what is computed is a function on integers, which Coq evaluates. *)

Require Import Defs.
From Coq Require Import Bool Reals ZArith Lia Lra.

Open Scope R_scope.

(** A real number in units of 2^-30, between two integers. *)
Definition unit : Z := (2 ^ 30)%Z.
Definition inside (x : R) (e : Z * Z) : Prop := IZR (fst e) <= x * IZR unit <= IZR (snd e).

Lemma unit_positive : 0 < IZR unit.
Proof. unfold unit; lra. Qed.

(** ** Products, rounded outwards *)

Definition below (a b : Z) : Z := Z.shiftr (a * b) 30.
Definition above (a b : Z) : Z := (Z.shiftr (a * b) 30 + 1)%Z.

Lemma quotient a b : (0 < b)%Z -> IZR (a / b) <= IZR a / IZR b <= IZR (a / b + 1).
Proof.
  intros Hb; assert (H0 : 0 < IZR b) by (apply IZR_lt; exact Hb).
  assert (H := Z_div_mod_eq_full a b); assert (M := Z.mod_pos_bound a b Hb).
  split; apply (Rmult_le_reg_r (IZR b)); try lra; unfold Rdiv;
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r, <- mult_IZR by lra; apply IZR_le; lia.
Qed.

Lemma below_product a b : IZR (below a b) <= IZR a * IZR b / IZR unit.
Proof. unfold below; rewrite Z.shiftr_div_pow2, <- mult_IZR by lia; apply (quotient (a * b) unit); reflexivity. Qed.

Lemma above_product a b : IZR a * IZR b / IZR unit <= IZR (above a b).
Proof. unfold above; rewrite Z.shiftr_div_pow2, <- mult_IZR by lia; apply (quotient (a * b) unit); reflexivity. Qed.

Lemma product_inside x y a b c d :
  (0 <= a)%Z -> (0 <= c)%Z -> inside x (a, b) -> inside y (c, d) -> inside (x * y) (below a c, above b d).
Proof.
  unfold inside; simpl; intros Ha Hc [X1 X2] [Y1 Y2]; assert (U := unit_positive).
  apply IZR_le in Ha; apply IZR_le in Hc.
  assert (E : x * y * IZR unit = (x * IZR unit) * (y * IZR unit) / IZR unit) by (field; lra).
  rewrite E; split.
  - apply (Rle_trans _ _ _ (below_product a c)); unfold Rdiv; apply Rmult_le_compat_r;
      [left; apply Rinv_0_lt_compat; lra|apply Rmult_le_compat; lra].
  - refine (Rle_trans _ _ _ _ (above_product b d)); unfold Rdiv; apply Rmult_le_compat_r;
      [left; apply Rinv_0_lt_compat; lra|apply Rmult_le_compat; lra].
Qed.

(** ** Cosines: of a small angle by its polynomials, of twice an angle by 2 c^2 - 1 *)

Lemma cosine_above y : 0 <= y <= 2 -> cos y <= 1 - y ^ 2 / 2 + y ^ 4 / 24.
Proof.
  intros [H0 H2]; destruct (pre_cos_bound y 0 ltac:(lra) H2) as [_ H].
  unfold cos_approx, sum_f_R0, cos_term in H; simpl in H; lra.
Qed.

Lemma cosine_below y : 0 <= y <= 2 -> 1 - y ^ 2 / 2 + y ^ 4 / 24 - y ^ 6 / 720 <= cos y.
Proof.
  intros [H0 H2]; destruct (pre_cos_bound y 1 ltac:(lra) H2) as [H _].
  replace (1 - y ^ 2 / 2 + y ^ 4 / 24 - y ^ 6 / 720) with (cos_approx y (2 * 1 + 1)); [exact H|].
  unfold cos_approx, cos_term; change (2 * 1 + 1)%nat with 3%nat; unfold sum_f_R0.
  rewrite !INR_IZR_INZ; change (Z.of_nat (fact (2 * 0))) with 1%Z; change (Z.of_nat (fact (2 * 1))) with 2%Z;
    change (Z.of_nat (fact (2 * 2))) with 24%Z; change (Z.of_nat (fact (2 * 3))) with 720%Z.
  change (2 * 0)%nat with 0%nat; change (2 * 1)%nat with 2%nat; change (2 * 2)%nat with 4%nat;
    change (2 * 3)%nat with 6%nat; field.
Qed.

Definition small (e : Z * Z) : Z * Z :=
  let (a, b) := e in
  let (a2, b2) := (below a a, above b b) in
  let (a4, b4) := (below a2 a2, above b2 b2) in
  (unit - (b2 / 2 + 1) + a4 / 24 - (above b4 b2 / 720 + 1), unit - a2 / 2 + (b4 / 24 + 1))%Z.

Lemma below_nonnegative a b : (0 <= a)%Z -> (0 <= b)%Z -> (0 <= below a b)%Z.
Proof. intros Ha Hb; apply Z.shiftr_nonneg, Z.mul_nonneg_nonneg; assumption. Qed.

Lemma small_inside y a b : (0 <= a)%Z -> (b <= 2 * unit)%Z -> inside y (a, b) -> inside (cos y) (small (a, b)).
Proof.
  intros Ha Hb Y; assert (U := unit_positive).
  assert (Y0 : 0 <= y <= 2).
  { destruct Y as [Y1 Y2]; cbn [fst snd] in *; apply IZR_le in Ha; apply IZR_le in Hb; rewrite mult_IZR in Hb.
    split; apply (Rmult_le_reg_r (IZR unit)); lra. }
  assert (A2 := below_nonnegative a a Ha Ha); assert (A4 := below_nonnegative _ _ A2 A2).
  assert (Y2 := product_inside y y a b a b Ha Ha Y Y); assert (Y4 := product_inside _ _ _ _ _ _ A2 A2 Y2 Y2).
  assert (Y6 := product_inside _ _ _ _ _ _ A4 A2 Y4 Y2).
  assert (L := cosine_below y Y0); assert (V := cosine_above y Y0).
  apply (Rmult_le_compat_r (IZR unit)) in L; [|lra]; apply (Rmult_le_compat_r (IZR unit)) in V; [|lra].
  replace ((1 - y ^ 2 / 2 + y ^ 4 / 24 - y ^ 6 / 720) * IZR unit) with
    (IZR unit - y * y * IZR unit / 2 + y * y * (y * y) * IZR unit / 24 - y * y * (y * y) * (y * y) * IZR unit / 720)
    in L by field.
  replace ((1 - y ^ 2 / 2 + y ^ 4 / 24) * IZR unit) with
    (IZR unit - y * y * IZR unit / 2 + y * y * (y * y) * IZR unit / 24) in V by field.
  revert L V Y2 Y4 Y6; unfold inside, small; cbv [fst snd].
  generalize (y * y * IZR unit) (y * y * (y * y) * IZR unit) (y * y * (y * y) * (y * y) * IZR unit) (cos y * IZR unit).
  generalize (below (below a a) (below a a)) (above (above b b) (above b b)).
  generalize (below a a) (above b b); clear.
  intros a2 b2 a4 b4 r2 r4 r6 c L V Y2 Y4 Y6.
  generalize (above b4 b2) Y6; clear Y6; intros b6 Y6.
  destruct (quotient a2 2 eq_refl), (quotient b2 2 eq_refl), (quotient a4 24 eq_refl), (quotient b4 24 eq_refl),
    (quotient b6 720 eq_refl).
  repeat rewrite ?plus_IZR, ?minus_IZR in *; split; lra.
Qed.

Definition doubled (e : Z * Z) : Z * Z :=
  let (a, b) := e in
  let low := if (0 <=? a)%Z then below a a else if (b <=? 0)%Z then below b b else 0%Z in
  (2 * low - unit, 2 * Z.max (above a a) (above b b) - unit)%Z.

Lemma doubled_inside y e : inside (cos y) e -> inside (cos (2 * y)) (doubled e).
Proof.
  destruct e as [a b]; unfold inside, doubled; cbv [fst snd]; intros [H1 H2]; assert (U := unit_positive).
  rewrite cos_2a_cos; set (c := cos y) in *.
  assert (E : (2 * c * c - 1) * IZR unit = 2 * (c * IZR unit * (c * IZR unit) / IZR unit) - IZR unit) by (field; lra).
  rewrite E, !minus_IZR, !mult_IZR; set (x := c * IZR unit) in *; clearbody x.
  assert (M : forall u v, u <= v -> u / IZR unit <= v / IZR unit)
    by (intros u v Huv; apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; lra|exact Huv]).
  split.
  - assert (H : IZR (if (0 <=? a)%Z then below a a else if (b <=? 0)%Z then below b b else 0%Z) <= x * x / IZR unit).
    { destruct (Z.leb_spec 0 a) as [Ha|_]; [|destruct (Z.leb_spec b 0) as [Hb|_]].
      - apply IZR_le in Ha; apply (Rle_trans _ _ _ (below_product a a)), M; nra.
      - apply IZR_le in Hb; apply (Rle_trans _ _ _ (below_product b b)), M; nra.
      - replace 0 with (0 / IZR unit) by (field; lra); apply M; nra. }
    lra.
  - assert (H : x * x / IZR unit <= IZR (Z.max (above a a) (above b b))).
    { destruct (Rle_or_lt 0 x) as [Hx|Hx].
      - apply (Rle_trans _ (IZR (above b b))); [|apply IZR_le, Z.le_max_r].
        refine (Rle_trans _ _ _ _ (above_product b b)); apply M; nra.
      - apply (Rle_trans _ (IZR (above a a))); [|apply IZR_le, Z.le_max_l].
        refine (Rle_trans _ _ _ _ (above_product a a)); apply M; nra. }
    lra.
Qed.

Fixpoint turned (n : nat) (e : Z * Z) : Z * Z := match n with O => e | S k => doubled (turned k e) end.

Lemma turned_inside n y e : inside (cos y) e -> inside (cos (2 ^ n * y)) (turned n e).
Proof.
  induction n as [|n IH]; intros H; [simpl; rewrite Rmult_1_l; exact H|].
  simpl; rewrite Rmult_assoc; apply doubled_inside, IH, H.
Qed.

(** ** Frequencies: the powers of the second one, which is a root *)

Definition root_below (h : nat) (a : Z) : bool := (a ^ Z.of_nat h * 10000 <=? unit ^ Z.of_nat h)%Z.
Definition root_above (h : nat) (b : Z) : bool := (unit ^ Z.of_nat h <=? b ^ Z.of_nat h * 10000)%Z.

Lemma power_rises n x y : 0 <= x < y -> (0 < n)%nat -> x ^ n < y ^ n.
Proof.
  intros [H0 Hxy] Hn; induction n as [|[|n] IH]; [lia|simpl; lra|].
  assert (H := IH ltac:(lia)); change (x * x ^ S n < y * y ^ S n).
  assert (0 <= x ^ S n) by (apply pow_le; exact H0); apply Rmult_le_0_lt_compat; assumption.
Qed.

Lemma root_inside h r a b :
  (0 < h)%nat -> 0 < r -> r ^ h * 10000 = 1 -> (0 <= a)%Z -> (0 <= b)%Z -> root_below h a = true ->
  root_above h b = true -> inside r (a, b).
Proof.
  intros Hh Hr E Ha Hb A B; assert (U := unit_positive); unfold inside, root_below, root_above in *; cbn [fst snd].
  apply Zle_bool_imp_le in A; apply Zle_bool_imp_le in B; apply IZR_le in Ha; apply IZR_le in Hb.
  apply IZR_le in A; apply IZR_le in B; rewrite mult_IZR, <- !pow_IZR in *.
  assert (F : (r * IZR unit) ^ h * 10000 = IZR unit ^ h)
    by (rewrite Rpow_mult_distr; replace (IZR unit ^ h) with (r ^ h * 10000 * IZR unit ^ h) at 2
      by (rewrite E; ring); ring).
  assert (H0 : 0 <= r * IZR unit) by (apply Rmult_le_pos; lra).
  split; apply Rnot_lt_le; intros H.
  - assert (K := power_rises h _ _ (conj H0 H) Hh); lra.
  - assert (K := power_rises h _ _ (conj Hb H) Hh); lra.
Qed.

Fixpoint power (n : nat) (e : Z * Z) : Z * Z :=
  match n with
  | O => (unit, unit)
  | S m => let (a, b) := power m e in (below a (fst e), above b (snd e))
  end.

Lemma power_inside n r a b :
  (0 <= a)%Z -> inside r (a, b) -> inside (r ^ n) (power n (a, b)) /\ (0 <= fst (power n (a, b)))%Z.
Proof.
  intros Ha R; induction n as [|n [IH H0]]; [unfold inside; cbn [power fst snd pow]; split; [lra|discriminate]|].
  cbn [power pow]; destruct (power n (a, b)) as [c d]; cbn [fst snd] in *; rewrite Rmult_comm; split.
  - apply product_inside; assumption.
  - apply below_nonnegative; assumption.
Qed.

(** ** Kernels: sums of cosines of a multiple of the frequencies *)

Definition halvings : nat := 7.
Definition angle (k : Z) (e : Z * Z) : Z * Z := (k * fst e / 2 ^ 7, k * snd e / 2 ^ 7 + 1)%Z.
Definition term (k : Z) (e : Z * Z) : Z * Z := turned halvings (small (angle k e)).

Lemma angle_inside k x e : (0 <= k)%Z -> inside x e -> inside (IZR k * x / 2 ^ halvings) (angle k e).
Proof.
  destruct e as [a b]; unfold inside, angle, halvings; simpl fst; simpl snd; intros Hk [H1 H2]; apply IZR_le in Hk.
  replace (2 ^ 7) with (IZR (2 ^ 7)) by (simpl; lra).
  destruct (quotient (k * a) (2 ^ 7) eq_refl) as [L _]; destruct (quotient (k * b) (2 ^ 7) eq_refl) as [_ V].
  rewrite mult_IZR in *; assert (P : 0 < / IZR (2 ^ 7)) by (apply Rinv_0_lt_compat; simpl; lra).
  replace (IZR k * x / IZR (2 ^ 7) * IZR unit) with (IZR k * (x * IZR unit) / IZR (2 ^ 7)) by (field; simpl; lra).
  split; [refine (Rle_trans _ _ _ L _)|refine (Rle_trans _ _ _ _ V)]; unfold Rdiv; apply Rmult_le_compat_r;
    try lra; apply Rmult_le_compat_l; lra.
Qed.

Lemma term_inside k x e :
  (0 <= k)%Z -> (0 <= fst e)%Z -> (snd (angle k e) <= 2 * unit)%Z -> inside x e -> inside (cos (IZR k * x)) (term k e).
Proof.
  intros Hk H0 H2 H; replace (IZR k * x) with (2 ^ halvings * (IZR k * x / 2 ^ halvings))
    by (field; apply pow_nonzero; lra).
  apply turned_inside; assert (A := angle_inside k x e Hk H); destruct (angle k e) as [a b] eqn:E.
  apply small_inside; [|exact H2|exact A].
  unfold angle in E; injection E as <- _; apply Z.div_pos; [apply Z.mul_nonneg_nonneg; assumption|reflexivity].
Qed.

(** The first n terms, and whether no angle is too large. *)
Fixpoint kernel (n : nat) (k : Z) (e : Z * Z) : bool * (Z * Z) :=
  match n with
  | O => (true, (0, 0)%Z)
  | S m =>
      let f := power m e in
      let t := term k f in
      let (right, sum) := kernel m k e in
      ((right && (snd (angle k f) <=? 2 * unit)%Z)%bool, (fst sum + fst t, snd sum + snd t)%Z)
  end.

Lemma enclosed n k r a b w :
  (0 <= k)%Z -> (0 <= a)%Z -> inside r (a, b) -> (forall i, (i < n)%nat -> w i = r ^ i) ->
  fst (kernel n k (a, b)) = true ->
  inside (total n (fun i => cos (IZR k * w i))) (snd (kernel n k (a, b))).
Proof.
  intros Hk Ha R; induction n as [|n IH]; intros W C; [unfold inside; cbn [kernel total fst snd]; lra|].
  destruct (power_inside n r a b Ha R) as [P H0].
  cbn [kernel total] in *; destruct (kernel n k (a, b)) as [right sum]; cbv zeta in *; cbn [fst snd] in *.
  apply andb_prop in C; destruct C as [C L]; apply Zle_bool_imp_le in L.
  assert (T := term_inside k (r ^ n) (power n (a, b)) Hk H0 L P).
  assert (K := IH (fun i Hi => W i ltac:(lia)) C).
  rewrite (W n) by lia; unfold inside in *; cbn [fst snd]; rewrite !plus_IZR; destruct K, T; lra.
Qed.

Definition rises (h : nat) (k l a : Z) : bool :=
  let e := (a, a + 1)%Z in
  let (lower, upper) := (kernel h k e, kernel h l e) in
  ((0 <=? a)%Z && root_below h a && root_above h (a + 1) && fst lower && fst upper
   && (snd (snd lower) <? fst (snd upper))%Z)%bool.

(** From one multiple of the frequencies to another the kernel rises, given a root to thirty binary digits. *)
Lemma kernel_rises h k l a r w :
  (0 < h)%nat -> (0 <= k)%Z -> (0 <= l)%Z -> 0 < r -> r ^ h * 10000 = 1 -> (forall i, (i < h)%nat -> w i = r ^ i) ->
  rises h k l a = true -> total h (fun i => cos (IZR k * w i)) < total h (fun i => cos (IZR l * w i)).
Proof.
  intros Hh Hk Hl Hr E W C; unfold rises in C; repeat (apply andb_prop in C; destruct C as [C ?]).
  apply Zle_bool_imp_le in C.
  assert (R : inside r (a, a + 1)%Z) by (apply (root_inside h); try assumption; lia).
  destruct (enclosed h k r a (a + 1) w Hk C R W ltac:(assumption)) as [_ V].
  destruct (enclosed h l r a (a + 1) w Hl C R W ltac:(assumption)) as [V' _].
  match goal with H : (_ <? _)%Z = true |- _ => apply Z.ltb_lt, IZR_lt in H end.
  assert (U := unit_positive); apply (Rmult_lt_reg_r (IZR unit)); lra.
Qed.

(** ** Powers of 10 *)

Lemma ten_to n : Rpower 10 (INR n) = 10 ^ n.
Proof. apply Rpower_pow; lra. Qed.

Lemma root_of_ten h e : INR h * e = -4 -> 0 < Rpower 10 e /\ Rpower 10 e ^ h * 10000 = 1.
Proof.
  intros E; split; [apply exp_pos|].
  rewrite <- Rpower_pow, Rpower_mult, Rmult_comm with (r1 := e), E by apply exp_pos.
  replace 10000 with (Rpower 10 (INR 4)) by (rewrite ten_to; lra).
  rewrite <- Rpower_plus; replace (-4 + INR 4) with 0 by (simpl; lra); apply Rpower_O; lra.
Qed.

Lemma tenth_of x e n c : 10 ^ n = c -> x = Rpower 10 e -> x / c = Rpower 10 (e - INR n).
Proof.
  intros <- ->; unfold Rdiv, Rminus; rewrite Rpower_plus, Rpower_Ropp, ten_to; reflexivity.
Qed.

(** A power of 10, over a power of 10, is the power of a root of 10 that it is said to be. *)
Ltac power_of_ten :=
  rewrite <- Rpower_pow by apply exp_pos; rewrite Rpower_mult;
  let over c n := (erewrite (tenth_of _ _ n c); [|cbn [pow]; lra|power_of_ten_above]) in
  match goal with
  | |- _ / 10 = _ => over 10 1%nat
  | |- _ / 100 = _ => over 100 2%nat
  | |- _ / 1000 = _ => over 1000 3%nat
  | |- _ / 10000 = _ => over 10000 4%nat
  | |- _ => erewrite <- (Rpower_O 10) by lra
  end; f_equal; cbn [INR]; lra
with power_of_ten_above :=
  match goal with
  | |- 1 = _ => symmetry; apply Rpower_O; lra
  | |- sqrt _ = _ => symmetry; apply Rpower_sqrt; lra
  | |- _ => reflexivity
  end.

(** The vocabulary of the statements.

    Sizes are natural numbers. A sequence or vector is a function on nat that is read below its size, a matrix one on
    two of them; so every theorem is about all sizes at once. Division by zero is total in Coq and means nothing: each
    theorem carries the hypotheses that keep its denominators from vanishing, as the ledger states them. *)

From Coq Require Import Reals ZArith Lia Lra.

Open Scope R_scope.

(** ** Sums, vectors, matrices *)

Definition sequence := nat -> R.
Definition matrix := nat -> nat -> R.

(** [total n f] = f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with
  | O => 0
  | S k => total k f + f k
  end.

Definition dot (size : nat) (x y : sequence) : R := total size (fun i => x i * y i).
Definition apply (columns : nat) (A : matrix) (x : sequence) : sequence :=
  fun i => total columns (fun j => A i j * x j).
Definition transpose (A : matrix) : matrix := fun i j => A j i.

Definition vadd (x y : sequence) : sequence := fun i => x i + y i.
Definition vscale (a : R) (x : sequence) : sequence := fun i => a * x i.
Definition vzero : sequence := fun _ => 0.
Definition madd (A B : matrix) : matrix := fun i j => A i j + B i j.
Definition mmul (inner : nat) (A B : matrix) : matrix := fun i j => total inner (fun k => A i k * B k j).
Definition mscale (a : R) (A : matrix) : matrix := fun i j => a * A i j.

(** Equal vectors: equal entries below the size. *)
Definition vequal (size : nat) (x y : sequence) : Prop := forall i, (i < size)%nat -> x i = y i.

(** ** Integer parts, indicators *)

Definition floor (x : R) : R := IZR (Int_part x).
Definition ceiling (x : R) : R := - floor (- x).

(** 1 if x < y, else 0; 1 if x = y, else 0. *)
Definition before (x y : R) : R := if Rlt_dec x y then 1 else 0.
Definition same (x y : R) : R := if Req_EM_T x y then 1 else 0.

(** ** Phase and latency: arXiv:2605.00662, Phase-Latency Isomorphism *)

Definition phase (p w : R) : R := w * p.
Definition latency (p T L t0 : R) : R := t0 + T / L * p.
Definition phase_of_latency (t w T L t0 : R) : R := w * L / T * (t - t0).
Definition latency_of_phase (theta w T L t0 : R) : R := t0 + T * theta / (w * L).
Definition latency_period (w T L : R) : R := 2 * PI * T / (w * L).
Definition wrapped (theta : R) : R := theta - 2 * PI * floor (theta / (2 * PI)).

(** Logit u at temperature tau. *)
Definition tempered (u tau : R) : R := u / tau.

(** ** Spiking neurons, associative memory *)

(** What an exponential synapse has delivered by s of an input at t. *)
Definition response (s t tau : R) : R := before t s * (1 - exp ((t - s) / tau)).

(** The larger of two numbers. *)
Definition join (x y : R) : R := (x + y + Rabs (x - y)) / 2.

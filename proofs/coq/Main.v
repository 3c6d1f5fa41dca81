(** The theorems: one for each claim of the ledger, under its name, in the words of Defs.v, group by group,
    and one against each control, a false variant.

    Main results: all of it; statements.expected has every proposition, as the ledger prints it.
    Hypotheses: as each theorem states them. Axioms: those of axioms.expected, and no others. *)

Require Export A_isomorphism B_lemma_1 C_scope D_compression E_rank F_rotary G_neurons H_spike_codes I_operations
  J_copy_task.
Require Export Controls ControlsSpiking.

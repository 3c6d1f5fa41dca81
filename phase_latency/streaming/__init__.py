"""Measuring tables of any length without forming their logits: streamed, in difference form, with certified errors.

sources, files, joined, views   tables that are read in blocks of rows, each row with its error
layers                          what a layer makes of them
difference, factors             ``Q = s P + D``; queries and keys of P and of D; logits as products of these
sides, sums, exact, tree        inner products of the columns, summed over blocks: by QR, by Gram matrices, exactly
shards                          the same, summed by others
geometry, masked, sensitivity   sizes of all that is made of G and G', and what errors of the tables do to them
fits, fitting, relations        the best scale, what is left over, and the strongest invariance class
row_affine, order               relations of single rows
worst, search, ranking,         the entry that deviates most: tile by tile, or where certified bounds
entry_bounds, tiles, refined    say that it can be
toeplitz, kernels, sinusoids    Gram matrices of sinusoids, along one diagonal
weights, weight_rows, sample,   how far the attention weights move, over all rows or a sample
row_ranges, logit_change
"""

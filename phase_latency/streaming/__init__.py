"""Measuring tables of any length without forming their logits: streamed, in difference form, with certified errors.

    tables           sources, files, joined, views: read in blocks of rows, each row with its error
    two tables       difference: ``Q = s P + D``; projections: queries and keys of P and D; factors: logits as products
    layers           the logits of a layer as such products
    inner products   sides, sums, exact, tree: of the columns, by QR, by Gram matrices, or exactly; shards: by others
    sizes            geometry, exact_geometry, masked: of all that is made of G and G'; sensitivity: to errors of tables
    fit              fits, fitting: the best scale and what is left over
    worst entry      worst, search, ranking, entry_bounds, tiles: where bounds say it can be; refined: its own bound
    sinusoids        sinusoids, kernels, toeplitz: Gram matrices along one diagonal
    classes          relations: the strongest that holds; row_affine, order, falls: of single rows; sample: of which
    weights          weights, weight_rows, row_ranges, logit_change: how far attention moves

Imports run up this list, never down.
"""

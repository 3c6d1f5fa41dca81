"""The torch side of the statements: what a random attention layer computes, held against each claim."""

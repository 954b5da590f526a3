"""Serial numbers: formats, permutation, blocks."""

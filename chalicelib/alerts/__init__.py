"""That something about goods may be wrong, and what looking into it has found."""

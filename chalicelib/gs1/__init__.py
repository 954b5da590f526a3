"""GS1 identification keys as values that are valid if they exist."""

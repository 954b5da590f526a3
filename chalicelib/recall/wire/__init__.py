"""Bodies and answers about recalls."""

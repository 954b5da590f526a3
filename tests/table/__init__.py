"""The table package on real conditions and transactions."""

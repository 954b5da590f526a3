"""Rules about the code itself, so that a reviewer need not watch for them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]

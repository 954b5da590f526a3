"""Where endpoints, and what was sent to them, are kept."""

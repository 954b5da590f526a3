"""What a recall is, what a notice says, and how far both are."""

"""What our Markdown says is run, and compared with the code."""

"""What is told to whom, and how far telling it is."""

"""GS1 Digital Links lead to what their brand owner says."""

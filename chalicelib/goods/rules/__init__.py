"""What may happen to goods, and what follows from it: pure decisions, one function for each step.

A step looks at the world as it was read, refuses with every reason at once, or changes the things
in it and notes the event. Nothing here reads a clock, a table or a request.
"""

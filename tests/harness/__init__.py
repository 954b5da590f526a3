"""What the tests stand on: AWS in the process, faults, costs and streams."""

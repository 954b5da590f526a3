"""What Packtrail costs: requests, capacity units and CPU seconds. Run `python -m benchmarks`."""

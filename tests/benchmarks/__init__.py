"""The counting and measuring that the benchmarks stand on."""

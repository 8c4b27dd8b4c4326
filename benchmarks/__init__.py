"""Benchmarks: each compares with a peer in the same run, because only ratios travel between machines."""

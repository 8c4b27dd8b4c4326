"""The part of Skyfield that the benchmark times, typed: it ships no annotations."""

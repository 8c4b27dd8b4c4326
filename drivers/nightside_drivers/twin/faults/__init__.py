"""Faults that a twin shows on demand: the vocabulary, what strikes when, and what each does to a body."""

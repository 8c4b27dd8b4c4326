"""Findings: everything that could spoil the night, looked at before it does, each with what it means and what to do.

values ─► checking ─► software, computer, devices, night, places (small checks, each on its own) ─► board (a daemon's, remembered)

Checks take paths and callables, never a configuration; `nightside.examining` puts them together from one. They look, and change
nothing. What a body says of itself is not looked at here: that needs the body.
"""

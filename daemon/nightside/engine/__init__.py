"""Running a plan: one body, one window, shot after shot, and an account of every one of them.

The engine owns no truth: what has been decided and what has happened is in the ledger, so that starting again is only reading
it. Shutters move when `nightside_drivers` moves them; the engine says when, and what to do when they do not.
"""

"""The ledger: the crash-safe record of every shot and frame, and of how far each has come.

It is written ahead: the row that says what is about to happen is durable before it happens, so that a restart is a replay. One
daemon writes; anybody may read. What a state means is in `states`, what is stored is in `schema`.
"""

"""Programs, and what becomes of them when they are laid over a window: frozen shots that can be read before the night.

Pure: the same program, window and capabilities give the same plan, in every process and on every day. Nothing here looks at a
clock, a body or a disk.
"""

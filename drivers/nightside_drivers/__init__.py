"""The hardware half of Nightside: bodies, releases, the child process that owns one body, and the simulated D3S.

Nothing here knows of orbits, plans or ledgers, and nothing here imports the daemon. Importing this package is free; the
modules that load libgphoto2, pyserial or numpy are imported where they are used.
"""

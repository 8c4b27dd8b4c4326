"""The wired release: a line of a serial port across the body's remote connector, and the sync contact that answers. Pyserial only.

A serial port lowers its lines when its last user is gone, however that went. That is what closes the shutter after a kill, so
nothing here may keep a port open in a second process.
"""

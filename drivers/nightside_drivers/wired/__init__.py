"""The wired release: a line across the body's remote connector, and the sync contact that answers. Only here are ports and pins.

A serial port lowers its lines when its last user is gone, however that went; that is what closes the shutter after a kill, so
nothing here may keep a port open in a second process. A GPIO pin may stay as it was: `warden` sees to those.
"""

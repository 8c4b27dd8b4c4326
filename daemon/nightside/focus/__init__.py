"""Focusing in the dark: live view for one at a time, never while a window is armed, and how large its stars are.

`viewfinder` gives pictures, `gate` says when it may not, `pictures` and `stars` measure them, `gauge` says whether that is better
than before, `measuring` does all of it picture by picture, `mjpeg` makes a film of them. Nothing here builds a body or prints.
"""

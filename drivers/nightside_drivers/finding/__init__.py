"""Where bodies are on this computer, and who holds them: Linux's own files, read without touching a body.

A body is known by its serial number. What is found here only says at which port to look for it now.
"""

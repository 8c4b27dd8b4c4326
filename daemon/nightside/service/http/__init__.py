"""The HTTP API: what the command line can do, for programs, phones and the page, typed by the same models.

It holds no logic: a request is checked (`guard`, `access`), turned into a question to the library or a command at
the engine's desk, and answered. Nothing here touches a body or writes to the ledger, so no client can hold up a shutter.
"""

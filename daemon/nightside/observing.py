"""The process behind an `Observatory`: `python -m nightside.observing --connection=FD`, which answers what is asked of the sky.

It keeps nothing, may be killed at any instant, and ends when nobody is left to ask it.
"""

import argparse
import os
import signal
import socket

from nightside.lean import hurry, load_lean

NICE = 5
"""So much less urgent than the shutter."""


def main() -> None:
    """Answer until there is nobody left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--connection", type=int, required=True)
    connection = socket.socket(fileno=parser.parse_args().connection)
    os.nice(NICE)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a terminal tells all of them; the daemon says when it is over
    with hurry():
        load_lean("structlog")  # before anything else is loaded
        from nightside.answering import serve
    serve(connection)


if __name__ == "__main__":
    main()

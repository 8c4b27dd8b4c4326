"""The door through which this computer's commands reach a running daemon: the HTTP API at a socket that the configuration names.

No port has to be known or free, no token made, and no file is left behind: the socket lies in the abstract namespace (unix(7)), and
the kernel says who is knocking. Only the daemon's own user, and root, are let in.
"""

import hashlib
import os
import socket
import struct

DOOR = "door"
"""What a client is called that came through it, and no other."""
PEER = struct.Struct("3i")
"""struct ucred (unix(7)): process, user and group."""
BACKLOG = 100


def address(station: str) -> str:
    """The name of a station's door, in the abstract namespace."""
    return "\0nightside-" + hashlib.sha256(station.encode()).hexdigest()[:32]


def listener(station: str) -> socket.socket:
    """A station's door, opened.

    Raises:
        OSError: the kernel has no such socket, or somebody has taken the name.
    """
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.bind(address(station))
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def welcome(connection: socket.socket) -> bool:
    """Whether whoever knocked is the daemon's own user, or root."""
    _, user, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return user in {0, os.getuid()}

"""Which Nightside this is: read from its distribution, for those who ask."""

from importlib.metadata import version

VERSION = version("nightside")

"""`python -m nightside_drivers.twin`."""

import sys

from nightside_drivers.twin.command import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m nightside_drivers.gphoto.versions`: which libgphoto2 is loaded, as JSON, in a process of its own."""

import json
import sys

import gphoto2 as gp

if __name__ == "__main__":
    binding, library = gp.__version__, gp.gp_library_version(gp.GP_VERSION_SHORT)[0]
    sys.stdout.write(json.dumps({"gphoto2": binding, "libgphoto2": library}) + "\n")

"""Errors as values: what is said where something cannot be shown."""

from nightside.service.outlook.values import Trouble
from nightside_drivers.errors import NightsideError


def trouble_of(error: NightsideError) -> Trouble:
    """What an error says, in its parts."""
    return Trouble(code=error.code, what=error.what, means=error.means, remedy=error.remedy)

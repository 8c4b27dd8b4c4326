"""What the environment says of the configuration, in variables such as `NIGHTSIDE_CAMERA__PORT`. Loaded where there are any."""

from typing import Any, cast

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from nightside.errors import ConfigRefused
from nightside.plan.programs import PROGRAMS

PREFIX = "NIGHTSIDE_"


def overridden(raw: dict[str, Any], settings: type[BaseModel]) -> dict[str, Any]:
    """The tables of a configuration, with what variables say in the place of what they say.

    Raises:
        ConfigRefused: one of them cannot be read.
    """
    for kind in PROGRAMS:
        kind.model_rebuild()  # whoever reads variables looks into programs, which are built when they are used
    like_settings = cast("type[BaseSettings]", settings)  # its fields are all that is asked for
    try:
        said = EnvSettingsSource(like_settings, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__")()
    except SettingsError as error:
        raise ConfigRefused(
            f"The environment is refused: {error}.", remedy="Mend or unset that NIGHTSIDE_ variable."
        ) from error
    return _merged(raw, said)


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Both, table by table; where both have a value, `over` has it."""
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        found[key] = _merged(cast("dict[str, Any]", below), cast("dict[str, Any]", value)) if both else value
    return found

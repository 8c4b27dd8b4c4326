"""What every table of the configuration is."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the configuration. It refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

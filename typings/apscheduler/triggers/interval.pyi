from datetime import tzinfo

class IntervalTrigger:
    def __init__(self, *, seconds: float = 0, timezone: tzinfo | None = None) -> None: ...

from datetime import datetime, tzinfo

class CronTrigger:
    def __init__(
        self, *, minute: str, hour: str, day: str, month: str, day_of_week: str, timezone: tzinfo | None = None
    ) -> None: ...
    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None: ...

"""The part of APScheduler 3.11 that Nightside uses, typed: it ships no annotations."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from apscheduler.triggers.interval import IntervalTrigger

class Job:
    id: str
    name: str
    next_run_time: datetime | None

class AsyncIOScheduler:
    _eventloop: AbstractEventLoop
    _timeout: TimerHandle | None
    running: bool
    def __init__(self, *, timezone: tzinfo, job_defaults: Mapping[str, object]) -> None: ...
    def add_job(
        self,
        func: Callable[..., object],
        trigger: IntervalTrigger,
        *,
        args: Sequence[object] = ...,
        id: str,
        name: str = ...,
        next_run_time: datetime = ...,
    ) -> Job: ...
    def get_jobs(self) -> list[Job]: ...
    def get_job(self, job_id: str) -> Job | None: ...
    def modify_job(self, job_id: str, *, next_run_time: datetime) -> Job: ...
    def start(self, paused: bool = False) -> None: ...
    def shutdown(self, wait: bool = True) -> None: ...
    def wakeup(self) -> None: ...
    def _start_timer(self, wait_seconds: float | None) -> None: ...
    def _stop_timer(self) -> None: ...

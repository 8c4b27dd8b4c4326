from collections.abc import Callable, Sequence

from skyfield.api import Time

def find_discrete(start_time: Time, end_time: Time, f: Callable[[object], object]) -> tuple[Sequence[Time], Sequence[bool]]: ...

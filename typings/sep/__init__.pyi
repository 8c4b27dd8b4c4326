"""The part of sep that Nightside uses, typed: the wheel ships no stubs."""

import numpy as np
from numpy.typing import NDArray

class Background:
    globalback: float
    globalrms: float
    def __init__(self, data: NDArray[np.float32], *, bw: int = ..., bh: int = ..., fw: int = ..., fh: int = ...) -> None: ...
    def back(self) -> NDArray[np.float32]: ...

def extract(
    data: NDArray[np.float32], thresh: float, *, err: float = ..., minarea: int = ..., deblend_cont: float = ...
) -> NDArray[np.void]: ...
def flux_radius(
    data: NDArray[np.float32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rmax: NDArray[np.float64],
    frac: float,
    *,
    normflux: NDArray[np.float64] | None = ...,
    subpix: int = ...,
) -> tuple[NDArray[np.float64], NDArray[np.int16]]: ...

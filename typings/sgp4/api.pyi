import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WGS72: int

class Satrec:
    error: int
    def sgp4init(
        self,
        whichconst: int,
        opsmode: str,
        satnum: int,
        epoch: float,
        bstar: float,
        ndot: float,
        nddot: float,
        ecco: float,
        argpo: float,
        inclo: float,
        mo: float,
        no_kozai: float,
        nodeo: float,
        /,
    ) -> None: ...
    def sgp4_array(self, jd: Floats, fr: Floats, /) -> tuple[NDArray[np.uint8], Floats, Floats]: ...

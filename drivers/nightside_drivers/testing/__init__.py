"""What other projects need to test their own PTP client against a twin: `TwinProcess`, and a pytest plugin with fixtures."""

from nightside_drivers.testing.process import TwinFaces, TwinProcess

__all__ = ["TwinFaces", "TwinProcess"]

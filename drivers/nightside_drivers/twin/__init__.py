"""A simulated camera body, faithful enough that unmodified clients cannot tell.

One model (`body`), with its facts as data (`facts`, `data/`), seen through faces: in process (`device`), PTP/IP (`ptpip`) and a
control face for tests (`control`). What goes wrong on demand is in `faults`, what its pictures show in `picture`.
"""

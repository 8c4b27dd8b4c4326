"""The service half of Nightside: from orbital elements to verified frames.

Data walks one way: elements, conditions, windows, plan, engine, body, drain, sinks; from the engine on, every step is
written to the ledger first. The package's own root holds no code, so that importing one room loads no other.
"""

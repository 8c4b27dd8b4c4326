"""Metrics for Prometheus: what is counted and measured while a daemon runs, named by its conventions, on a registry of its own.

table ─► events (what the engine tells), readings (what is so when it is asked), requests, lag ─► registry (all of it, as text)

Labels have bounded values: bodies and sinks of the configuration, phases, rungs, routes of the API. Nothing here touches a body.
"""

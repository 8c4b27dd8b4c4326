"""Metrics for Prometheus: what is counted and measured while a daemon runs, named by its conventions, and told when somebody asks.

table ─► counts ─► events (what the engine tells), requests, lag ──┐
         readings (what is so when it is asked) ───────────────────┴─► registry ─► families ─► exposition (all of it, as text)

Labels have bounded values: bodies and sinks of the configuration, phases, rungs, routes of the API. Nothing here touches a body.
"""

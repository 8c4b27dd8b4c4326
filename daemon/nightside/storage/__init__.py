"""From the body's card to the last verified copy: the drain, the spool and the sinks.

A file gets its final name only when it is whole, hashed and synced; no name is ever given twice; and whatever a body says a
file is called is a hostile string until `names` has looked at it.
"""

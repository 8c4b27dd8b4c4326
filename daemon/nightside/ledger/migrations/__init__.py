"""How the ledger's tables came to be what they are: one script for each change, run in order by `nightside.ledger.migrating`.

A script stays as it is once it has been released. It spells out the tables as they were, and imports nothing of today's.
"""

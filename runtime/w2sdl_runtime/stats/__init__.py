"""Statistics on plain arrays: intervals, tests, effects, and how many rows or seeds are needed.

A low layer: it knows numbers, and nothing of runs, metrics or reports. `docs/statistics.md` says which
number of a report is made by what.
"""

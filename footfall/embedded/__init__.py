"""The embedded mode: one core put together from SQLite files and a ClickHouse child. Decides only who calls the core.

A module a process or less, so that none loads what it does not need.
"""

"""The processes of the distributed mode: a module each, so that none loads what it does not need.

Each has one function, `run`, which is put together from settings and runs until SIGTERM or SIGINT.
"""

"""Measurements against floors, each taken in the same run as its floor (`make bench`).

One module a row of the table, listed in `__main__.py`; `harness.py` has what a measurement is, `sizes.py` how large.
"""

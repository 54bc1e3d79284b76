"""Measurements against floors, each taken in the same run as its floor (`make bench`)."""

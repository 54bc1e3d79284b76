"""Queries of the projector itself, about streams and positions; none of them is an answer."""

"""Erasure: a person who leaves is gone from every place that the product keeps, with a receipt. Both run modes.

What a place is made of is said where the run mode is (`embedded`, `distributed`); the order of the steps is here.
"""

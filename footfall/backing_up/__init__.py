"""Backups as files: a folder with a manifest that is written last, and the erasures that a restore applies again.

What is copied, in which order, is said where the run mode is (`embedded`, `distributed`). No database lives here.
"""

"""Growing up: from a data folder to a distributed installation, and the proof that both say the same.

The only place, beside the run modes, that knows both. Nothing here runs in a process that serves.
"""

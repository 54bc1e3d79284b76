"""The write side's front door: what storefronts say is checked, redacted, dated, addressed and made durable.

No knowledge of aggregates or of read models: the collector knows a log to append to, no more.
"""

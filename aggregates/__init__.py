"""The write side: the Customer aggregate decides, the event store keeps, the notification log tells.

Knows nothing of ClickHouse (projections) and nothing of HTTP (ingest).
"""

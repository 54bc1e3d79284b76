"""The read side: facts become rows in ClickHouse, and read models are pure queries over them.

Knows nothing of how facts are decided or stored (aggregates) and nothing of HTTP (query_api).
"""

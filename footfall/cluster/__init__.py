"""Kafka, PostgreSQL and ClickHouse as processes of one machine, without Docker: for `make cluster` and for tests.

Production uses docker-compose.yml, or servers that others run; nothing here is meant for that.
"""

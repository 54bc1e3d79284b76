"""The distributed mode: the same core on Kafka, PostgreSQL and a ClickHouse server, one process each."""

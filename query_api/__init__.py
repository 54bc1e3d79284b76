"""The way out: HTTP for analysts. Reads through projections; never writes a fact and never sees the event store."""

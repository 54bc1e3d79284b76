"""The laws of docs/design as properties: nasty traffic into a running product, every answer against the oracle."""

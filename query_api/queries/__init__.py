"""SQL of the customer routes."""

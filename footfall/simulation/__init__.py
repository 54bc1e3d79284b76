"""A small simulated shop: what its visitors, its servers and the bots would have sent in 90 days.

For the demo, tests and benchmarks. Deterministic by its seed; no clock, no network. Everything in it is invented, at
shop.example and example.com.
"""

from footfall.simulation.message import SimulatedMessage
from footfall.simulation.shop import simulate

__all__ = ["SimulatedMessage", "simulate"]

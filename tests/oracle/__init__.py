"""A plain-Python oracle of docs/definitions.md: slow, small, and sharing no code with the product."""

from tests.oracle.admission import Fact, fact_key, refusal
from tests.oracle.deliveries import Delivery, FactKey, Learned, Stream
from tests.oracle.differences import differences
from tests.oracle.oracle import Oracle
from tests.oracle.persons import Person, PersonKey

__all__ = [
    "Delivery",
    "Fact",
    "FactKey",
    "Learned",
    "Oracle",
    "Person",
    "PersonKey",
    "Stream",
    "differences",
    "fact_key",
    "refusal",
]

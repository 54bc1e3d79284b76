"""The schema of the CloudEvent around every fact, whatever the fact."""

from __future__ import annotations

from schemas.cloud_events import CloudEvent, schema_address
from schemas.published.dialect import Json, document, of_struct

ENVELOPE = schema_address("CloudEvent", 1)


def envelope_schema() -> Json:
    """Return the schema of the whole document; that of `data` alone is the one that `dataschema` names."""
    return document(ENVELOPE, "CloudEvent", of_struct(CloudEvent))

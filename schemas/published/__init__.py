"""What subscribers write their programs against: a JSON Schema for each fact, one for the envelope, and AsyncAPI.

Generated from the structures that the product itself writes and reads with, never by hand. Values only: who serves
them (query_api) or keeps them in files (docs/, `make published`) is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial

from schemas.cloud_events import schema_address
from schemas.erasure_events import ADDRESS as ERASED
from schemas.published.asyncapi import asyncapi
from schemas.published.dialect import Json
from schemas.published.envelope import ENVELOPE, envelope_schema
from schemas.published.erasures import erased_schema
from schemas.published.facts import data_schema
from schemas.vocabulary.stored import FACT_NAMES

__all__ = ["PUBLISHED", "Json", "text"]

EARLIER: Mapping[str, Json] = {}
"""Schemas of versions before today's, by address, as they were last generated. Facts that were published under them
name them for ever: when a type's `version` rises, its schema moves here. None is ever removed."""


def _generators() -> dict[str, Callable[[], Json]]:
    facts = {schema_address(known.fact, known.version): partial(data_schema, known) for known in FACT_NAMES.values()}
    return {"/asyncapi.json": asyncapi, ENVELOPE: envelope_schema, ERASED: erased_schema, **facts}


PUBLISHED: Mapping[str, Callable[[], Json]] = {
    **{address: partial(dict, schema) for address, schema in EARLIER.items()},
    **_generators(),
}
"""Every document by its address, as what generates it: all at once would hold up a server."""


@cache
def text(address: str) -> str:
    """Return a document as it is served and kept in docs/; raises KeyError where there is none."""
    return json.dumps(PUBLISHED[address](), ensure_ascii=False, indent=1) + "\n"

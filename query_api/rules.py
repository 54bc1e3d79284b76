"""The routes about a store's rules: which hold, to change them, and what a change would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from projections.perspective import Perspective
from projections.store_rules import RuleChange, StoreRules
from query_api.access import AsksFor, AsOf, Owner
from query_api.answers import ExactJSON
from query_api.identity import IdempotencyKey
from query_api.ports import Recorder
from query_api.presentation import time
from query_api.reading import Sources
from query_api.what_if import what_if
from schemas import json
from schemas.clock import to_datetime
from schemas.rules import RuleChanges, changed
from schemas.vocabulary.store_rules import RULES_CHANGED

router = APIRouter(prefix="/rules", tags=["rules"])


class Change(BaseModel):
    """New values of some rules; null is the installation's setting again."""

    model_config = ConfigDict(extra="forbid")

    rules: RuleChanges
    reason: str | None = Field(None, max_length=1_000)

    def said(self) -> dict[str, Any]:
        """Return what was said, as a fact keeps it."""
        return self.model_dump(exclude_unset=True, mode="json")


class WhatIf(BaseModel):
    """New values of some rules; the others stay as they are. `limit` customers that differ are shown."""

    model_config = ConfigDict(extra="forbid")

    rules: RuleChanges
    limit: int = Field(20, ge=0, le=1_000)

    def said(self) -> dict[str, Any]:
        """Return what was said."""
        return self.model_dump(exclude_unset=True, mode="json")


@router.get("")
def rules(request: Request, who: AsksFor, times: AsOf) -> Response:
    """Return the rules in force, and all their versions."""
    sources: Sources = request.app.state.sources
    perspective = sources.perspective(who.store, times)
    versions = _versions(sources.rules, perspective)
    return ExactJSON({"rules": {"version": len(versions) - 1, **versions[-1]["rules"]}, "versions": versions})


def _versions(store_rules: StoreRules, perspective: Perspective) -> list[dict[str, Any]]:
    known = [one for one in store_rules.changes(perspective.store) if one.recorded_at <= perspective.known_at]
    default = store_rules.default
    told: list[dict[str, Any]] = [{"version": 0, "rules": default.model_dump(mode="json"), "event_id": None}]
    for number, change in enumerate(known, 1):
        after = changed(default, [one.rules for one in known[:number]])
        told.append({"version": number, "rules": after.model_dump(mode="json"), **_told(change)})
    return told


def _told(change: RuleChange) -> Mapping[str, Any]:
    return {
        "event_id": change.event_id,
        "occurred_at": time(to_datetime(change.occurred_at)),
        "recorded_at": time(to_datetime(change.recorded_at)),
        "reason": change.reason,
    }


@router.post("/compare")
def compare_rules(request: Request, who: AsksFor, times: AsOf, body: WhatIf) -> Response:
    """Return how the customers would differ by other rules; nothing is changed."""
    sources: Sources = request.app.state.sources
    before = sources.perspective(who.store, times)
    after = sources.rules.what_if(before, body.said()["rules"])
    return ExactJSON(what_if(sources, before, after, body.limit, request.app.state.query_seconds))


@router.post("")
async def change_rules(request: Request, who: Owner, body: Change, idempotency_key: IdempotencyKey = None) -> Response:
    """Record new rules. They hold for all of history, once everybody's answers are worked out anew."""
    recorder: Recorder = request.app.state.recorder
    said = json.decode(json.encode(body.said()))  # with exact numbers, as what comes from outside
    message_id = idempotency_key or str(uuid4())
    message = {"type": "track", "event": RULES_CHANGED.name, "messageId": message_id, "properties": said}
    return ExactJSON({"event_id": await recorder.record(who.store, message)})

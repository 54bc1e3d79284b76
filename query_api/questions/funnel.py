"""The funnel: how many sessions or persons get how far through some steps (docs/definitions.md, The funnel)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from projections.clickhouse_connection import FOR_EVER, moment
from query_api.access import moment_of
from query_api.errors import BadRequest
from query_api.everybody import CUSTOMER_FIELDS
from query_api.questions.question import Asked, Question
from query_api.tables import Rows
from schemas.clock import EARLIEST
from schemas.rules import Rules

Scalar = str | bool | int | Decimal
Operator = Literal["=", "!=", ">", ">=", "<", "<=", "contains", "in", "exists"]
DOCUMENTS = ("context", "traits", "customer")
MOST_STEPS = 10
GREATEST = Decimal(10) ** 28

_DURATION = re.compile(r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,6})?)S)?)?")
_SECONDS = (604_800, 86_400, 3600, 60, 1)


class Condition(BaseModel):
    """A condition on a property of the event, or on a `context.`, `traits.` or `customer.` path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(min_length=1, max_length=200)
    op: Operator = "="
    value: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Condition:
        if (self.op == "in") != isinstance(self.value, list):
            raise ValueError("`in` takes a list of values, the others one value")
        if self.op not in ("in", "exists") and self.value is None:
            raise ValueError("a value is needed")
        if self.op in (">", ">=", "<", "<="):
            _number(self.value)
        if self.op == "exists" and not isinstance(self.value, bool | None):
            raise ValueError("`exists` takes true or false")
        if self.field.startswith("customer.") and self.field.split(".")[1] not in CUSTOMER_FIELDS:
            raise ValueError(f"of a customer can be asked: {', '.join(CUSTOMER_FIELDS)}")
        return self

    def parameter(self) -> tuple[str, list[str], str, list[str]]:
        """Return document, path, operator and values, as the SQL takes them."""
        first, _, rest = self.field.partition(".")
        document, path = (first, rest) if first in DOCUMENTS and rest else ("properties", self.field)
        values = self.value if isinstance(self.value, list) else [True if self.value is None else self.value]
        return document, path.split("."), self.op, [_text(value) for value in values]


class Step(BaseModel):
    """One step: an event by its name, with conditions that must all hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str = Field(min_length=1, max_length=200)
    where: list[Condition] = Field(default=[], max_length=20)


class Funnel(Asked):
    """How many sessions or persons get how far through the steps."""

    steps: list[Step] = Field(min_length=1, max_length=MOST_STEPS)
    scope: Literal["customer", "session"] = "customer"
    window: str | None = Field(None, description="ISO 8601 duration such as PT30M or P1D, inclusive; null for none")
    order: Literal["ordered", "strict", "any"] = "ordered"
    same: str | None = Field(None, max_length=200, description="a property that all steps of a chain share")
    from_: str | None = Field(None, alias="from")
    to: str | None = None
    by: Literal["channel"] | None = None

    @field_validator("window")
    @classmethod
    def _is_duration(cls, window: str | None) -> str | None:
        if window is not None:
            duration(window)
        return window


def duration(text: str) -> int:
    """Return an ISO 8601 duration of weeks, days and times in microseconds."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not a duration such as PT30M or P1D")
    return int(sum(Decimal(part or 0) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True)) * 1_000_000)


def _text(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("a number is needed to compare with") from None
    if not number.is_finite() or abs(number) >= GREATEST:
        raise ValueError("the number is too large to compare with")
    return number


def _parameters(body: Funnel, rules: Rules) -> Mapping[str, Any]:
    sessions = body.scope == "session"
    first, last = moment_of(body.from_, "from"), moment_of(body.to, "to")
    if first is not None and last is not None and first > last:
        raise BadRequest("`from` is later than `to`", "from")
    return {
        "steps": [(step.event, [condition.parameter() for condition in step.where]) for step in body.steps],
        "names": sorted({step.event for step in body.steps}),
        "window": -1 if body.window is None else duration(body.window),
        "order": body.order,
        "same": body.same or "",
        "sessions": int(sessions),
        "by_channel": int(body.by == "channel"),
        "every_fact": int(sessions or body.order == "strict" or body.by is not None),
        "from": moment(EARLIEST if first is None else first),
        "to": moment(FOR_EVER if last is None else last),
    }


def _about_customers(body: Funnel) -> bool:
    return any(condition.field.startswith("customer.") for step in body.steps for condition in step.where)


def _answer(body: Funnel, rows: Rows) -> Mapping[str, Any]:
    nothing = {"counts": [0] * len(body.steps), "medians": []}
    total = next((row for row in rows if row["total"]), nothing)
    answer: dict[str, Any] = {"steps": _steps(body, total)}
    if body.by is not None:
        groups = [row for row in rows if not row["total"]]
        answer["groups"] = [{body.by: row[body.by], "steps": _steps(body, row)} for row in groups]
    return answer


def _steps(body: Funnel, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    counts = list(row["counts"]) or [0] * len(body.steps)
    medians = [None, *row["medians"]] + [None] * len(counts)
    return [
        {
            "event": step.event,
            "count": count,
            "of_first": count / counts[0] if counts[0] else 0.0,
            "of_previous": (1.0 if counts[0] else 0.0) if k == 0 else count / counts[k - 1] if counts[k - 1] else 0.0,
            "median_seconds": medians[k] if count and body.order != "any" else None,
        }
        for k, (step, count) in enumerate(zip(body.steps, counts, strict=True))
    ]


def _table(answer: Mapping[str, Any]) -> Rows:
    if "groups" not in answer:
        return list(answer["steps"])
    return [{"channel": group["channel"], **step} for group in answer["groups"] for step in group["steps"]]


QUESTION = Question(
    name="funnel",
    body=Funnel,
    example={
        "steps": [
            {"event": "Product Viewed", "where": [{"field": "category", "op": "=", "value": "shoes"}]},
            {"event": "Product Added"},
            {"event": "Order Completed"},
        ],
        "scope": "session",
        "window": None,
        "order": "ordered",
        "same": None,
        "by": None,
    },
    parameters=_parameters,
    about_customers=_about_customers,
    answer=_answer,
    table=_table,
)

"""Read models of everybody from any perspective, in tables of a session that take the place of the live ones.

What reads `standing_profiles` and `standing_sessions` is the same text for the present and for any other time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from projections import sql
from projections.clickhouse_connection import Session
from projections.perspective import Perspective
from projections.refresh import ReadModel, work_out
from projections.scope import Scope


def put_standing(session: Session, scope: Scope, perspective: Perspective, models: Sequence[ReadModel]) -> None:
    """Fill `standing_...` of a session with the rows of everybody."""
    _make(session, models)
    for _ in _slices(session, scope, perspective, models):
        pass


def standing_slices(
    session: Session, scope: Scope, perspective: Perspective, models: Sequence[ReadModel]
) -> Iterator[int]:
    """The same slice by slice: each takes the place of the one before. Gives the length of each."""
    _make(session, models)
    for length in _slices(session, scope, perspective, models):
        yield length
        _make(session, models)


def _make(session: Session, models: Sequence[ReadModel]) -> None:
    for model in models:
        session.select(sql.text("projections", "workings", f"standing_{model.name}"))


def _slices(session: Session, scope: Scope, perspective: Perspective, models: Sequence[ReadModel]) -> Iterator[int]:
    for length in scope.everybody(session, perspective):
        parameters = work_out(session, perspective)
        for model in models:
            session.select(f"INSERT INTO standing_{model.name} {model.query}", parameters)
        yield length

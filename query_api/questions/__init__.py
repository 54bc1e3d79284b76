"""Questions across customers. Adding one takes a file with its body, its SQL beside it, and a line in this list."""

from __future__ import annotations

from fastapi import APIRouter

from query_api.questions import funnel
from query_api.questions.question import Question, add_routes

QUESTIONS: tuple[Question, ...] = (funnel.QUESTION,)
"""The one list of questions."""

router = APIRouter(prefix="/questions", tags=["questions"])
for question in QUESTIONS:
    add_routes(router, question)

"""What all customers of a store are as of then, as JSON in a table of a session: for conditions on customers."""

from __future__ import annotations

from projections import sql
from projections.clickhouse_connection import Session
from projections.perspective import Perspective
from projections.scope import Scope
from projections.standing import put_standing
from query_api.reading import PROFILES

CUSTOMER_FIELDS = (
    "customer_id", "user_ids", "anonymous_ids", "traits", "first_seen", "last_seen", "events", "sessions", "page_views",
    "product_views", "orders", "cart", "newsletters", "acquisition", "preferences", "consent",
)  # fmt: skip
"""What a condition on a customer may name: the fields of the profile, as `customer_documents.sql` writes them."""


def put_customer_documents(session: Session, scope: Scope, perspective: Perspective, *, wanted: bool) -> None:
    """Make the table `customer_documents` of a session: everybody's profile as JSON; nobody's unless `wanted`."""
    session.select(sql.text("projections", "workings", "customer_documents"))
    if wanted:
        if perspective.travelled:
            put_standing(session, scope, perspective, [PROFILES])
        fill = sql.text("query_api", "queries", "customer_documents")
        session.select(f"INSERT INTO customer_documents {fill}", perspective.parameters())

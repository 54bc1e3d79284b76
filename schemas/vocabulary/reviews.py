"""Reviews of products."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.vocabulary.event_type import EventType
from schemas.vocabulary.values import Text


class ProductReviewed(TypedDict, total=False):
    product_id: Text
    review_id: Text
    review_body: Text
    rating: Text


PRODUCT_REVIEWED = EventType(
    name="Product Reviewed",
    fact="ProductReviewed",
    older_names=("Reviewed Product",),
    properties=ProductReviewed,
)

"""Names of events that the definitions single out.

Written down from contract.md and wire-formats.md by hand, so that a slip in the product's own list shows.
"""

from __future__ import annotations

NEWER_NAME = {
    "Viewed Product Category": "Product List Viewed",
    "Started Order": "Checkout Started",
    "Completed Order": "Order Completed",
}

ABOUT_THE_STORE = {
    "Stock Level Changed", "Product Updated", "Product Deleted", "Campaign Cost Recorded", "Rules Changed",
}  # fmt: skip

ASKED_FOR = {
    "Order Completed", "Consent Given", "Consent Withdrawn", "Newsletter Subscribed", "Newsletter Unsubscribed",
    "Product Subscription Created", "Product Subscription Cancelled", "Product Reviewed", "Lead Captured",
    "Feedback Given",
}  # fmt: skip
"""What somebody does on purpose, with the shop as the other side: it may be recorded without asking."""

RETRACTION = "Event Retracted"

MERGE, SPLIT = "Customers Merged", "Customers Split"

BACK_OFFICE = (
    {f"Order {word}" for word in ("Paid", "Shipped", "Delivered", "Updated", "Cancelled", "Returned", "Refunded")}
    | {f"Loyalty Points {word}" for word in ("Earned", "Redeemed", "Adjusted")}
    | {f"Ticket {word}" for word in ("Opened", "Replied", "Resolved", "Reopened")}
    | {"Call Logged", "Visit Logged", "Message Logged"}
    | {"Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced", "Email Marked as Spam"}
    | {"Unsubscribed", "Campaign Sent", "Lead Qualified", "Lead Lost", RETRACTION, MERGE, SPLIT}
    | ABOUT_THE_STORE
)

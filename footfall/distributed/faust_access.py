"""How Kafka is reached: the options of the settings, as Faust takes them."""

from __future__ import annotations

from typing import Any

import faust

from footfall.distributed.kafka_access import MECHANISM, authenticated, encrypted, ssl_context
from footfall.settings import Settings


def faust_options(settings: Settings) -> dict[str, Any]:
    """Return what a Faust app is given."""
    options: dict[str, Any] = {"broker": [f"kafka://{server}" for server in settings.kafka]}
    context = ssl_context(settings) if encrypted(settings) else None
    if authenticated(settings):
        options["broker_credentials"] = faust.SASLCredentials(
            username=settings.kafka_user,
            password=settings.kafka_password.get_secret_value(),
            mechanism=MECHANISM,
            ssl_context=context,
        )
    elif context is not None:
        options["broker_credentials"] = faust.SSLCredentials(context)
    return options

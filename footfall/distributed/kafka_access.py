"""How Kafka is reached: the options of the settings, as kafka-python and as Faust take them."""

from __future__ import annotations

import ssl
from typing import Any

import faust

from footfall.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def client_options(settings: Settings) -> dict[str, Any]:
    """Return what every client of kafka-python is given."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka),
        "security_protocol": settings.kafka_security.upper(),
        "client_id": "footfall",
    }
    if _encrypted(settings):
        options["ssl_context"] = _ssl_context(settings)
    if _authenticated(settings):
        options |= {
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def faust_options(settings: Settings) -> dict[str, Any]:
    """Return what a Faust app is given."""
    options: dict[str, Any] = {"broker": [f"kafka://{server}" for server in settings.kafka]}
    context = _ssl_context(settings) if _encrypted(settings) else None
    if _authenticated(settings):
        options["broker_credentials"] = faust.SASLCredentials(
            username=settings.kafka_user,
            password=settings.kafka_password.get_secret_value(),
            mechanism=MECHANISM,
            ssl_context=context,
        )
    elif context is not None:
        options["broker_credentials"] = faust.SSLCredentials(context)
    return options


def _encrypted(settings: Settings) -> bool:
    return settings.kafka_security.endswith("ssl")


def _authenticated(settings: Settings) -> bool:
    return settings.kafka_security.startswith("sasl")


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    """Certificates are verified, and so is the name in them."""
    return ssl.create_default_context(cafile=None if settings.kafka_ca is None else str(settings.kafka_ca))

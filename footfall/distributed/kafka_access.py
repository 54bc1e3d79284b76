"""How Kafka is reached: the options of the settings, as kafka-python takes them."""

from __future__ import annotations

import ssl
from typing import Any

from footfall.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def client_options(settings: Settings) -> dict[str, Any]:
    """Return what every client of kafka-python is given."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka),
        "security_protocol": settings.kafka_security.upper(),
        "client_id": "footfall",
    }
    if encrypted(settings):
        options["ssl_context"] = ssl_context(settings)
    if authenticated(settings):
        options |= {
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def encrypted(settings: Settings) -> bool:
    """Tell whether it is by TLS."""
    return settings.kafka_security.endswith("ssl")


def authenticated(settings: Settings) -> bool:
    """Tell whether it is with a name and a password."""
    return settings.kafka_security.startswith("sasl")


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Certificates are verified, and so is the name in them."""
    return ssl.create_default_context(cafile=None if settings.kafka_ca is None else str(settings.kafka_ca))

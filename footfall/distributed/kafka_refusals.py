"""Why Kafka and we do not come together: a certificate or a password that is refused.

kafka-python says neither: it tries again until its time is over, and drops what a broker says before it hangs up. So
the brokers are asked by the other client, once, where something starts.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError

TIMEOUT_MS = 5_000
SAME = ("security_protocol", "ssl_context", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
"""Options that both clients know by one name."""


def refusal(client: Mapping[str, Any]) -> str | None:
    """Say why none of the brokers can be used; None where one can, or where it is for another reason."""
    if client.get("security_protocol", "PLAINTEXT") == "PLAINTEXT":
        return None
    return asyncio.run(_refusal(client))


async def _refusal(client: Mapping[str, Any]) -> str | None:
    options = {name: client[name] for name in SAME if name in client}
    found = None
    for server in client["bootstrap_servers"]:
        host, _, port = server.rpartition(":")
        try:
            connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=TIMEOUT_MS, **options)
        except ssl.SSLCertVerificationError as error:
            found = f"{server}: its certificate is refused: {error.verify_message}"
        except ssl.SSLError as error:
            found = f"{server}: TLS fails: {error.reason}"
        except KafkaError as error:
            found = f"{server}: {error}"
        except (OSError, TimeoutError):
            continue
        else:
            await connection.close()
            return None
    return found

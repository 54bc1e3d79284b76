"""Files of authorities, by which the certificates of servers are verified."""

from __future__ import annotations

import ssl
from pathlib import Path


def fault_of(file: Path) -> str | None:
    """Say why a file is none of an authority; None where it is one."""
    try:
        ssl.create_default_context(cafile=str(file))
    except ssl.SSLError:
        return "the file of the authority holds no certificate in PEM"
    except OSError as error:
        return f"the file of the authority cannot be read: {error.strerror}"
    return None

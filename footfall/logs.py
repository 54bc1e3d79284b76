"""The log: events with a name and typed fields, as JSON lines, or readable where a person looks on.

Say `log = logger(__name__)` and `log.info("server.restarted", restarts=3)`. A log never holds payloads, keys, tokens or
e-mail addresses. Three things see to that: fields are numbers, booleans, enumerations, paths and short words, never
a sender's values; what looks like a key, a token or an address is struck out of every line all the same, also out of
messages of libraries; and an exception is logged by its type and place, without its text, unless it is ours.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import IO, Any

from schemas.errors import FootfallError, InvalidInput

Field = int | float | bool | str | Path | Enum | None

STRUCK = "[struck out]"
LONGEST_FIELD = 300
LONGEST_MESSAGE = 1000
_SECRETS = re.compile(
    r"""[^\s"'<>(){}\[\],;:=@]+(?:@|%40)[^\s"'<>(){}\[\],;:=@]+\.\w+     # an e-mail address
      | (?<=://)[^\s/@]+@                                               # user and password of a URL
      | \b(?:Bearer|Basic)\s+[\w.~+/=-]+                                # an authorization header
      | (?:pass(?:word)?|secret|token|(?:write|server|api)[_-]?key|authorization)["']?\s*[=:]\s*["']?[^\s"',}&]+
      | \b(?:wk|sk|qt|at)_\w{8,}                                        # a key of ours
      | (?<![\w/.-])[\w-]{40,}(?![\w/.-])  # random and longer than the ids of events and streams
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIELDS = "footfall_fields"


class Logger:
    """Writes events: a dotted name that stands for one kind of event, and its fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: Field) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Field) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, error: BaseException | None = None, **fields: Field) -> None:
        self._write(logging.WARNING, event, fields, error)

    def error(self, event: str, error: BaseException | None = None, **fields: Field) -> None:
        self._write(logging.ERROR, event, fields, error)

    def _write(self, level: int, event: str, fields: dict[str, Field], error: BaseException | None = None) -> None:
        self._logger.log(level, event, exc_info=error, extra={_FIELDS: fields})


def logger(name: str) -> Logger:
    return Logger(name)


def set_up(level: str = "info", stream: IO[str] | None = None) -> None:
    """Send the logs of this process to standard error, ours and the libraries'."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ReadableLines() if stream.isatty() else JsonLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # libraries have less to say to an operator
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its faults come as exceptions too, and we say them once
    for name in ("footfall", "ingest", "query_api", "aggregates", "projections", "schemas"):
        logging.getLogger(name).setLevel(level.upper())


def strike_out(text: str) -> str:
    """Take out what looks like a key, a token, a password or an e-mail address."""
    return _SECRETS.sub(STRUCK, text)


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """Return a record as one flat object with its fields struck through."""
    fields: dict[str, Field] = getattr(record, _FIELDS, {})
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": strike_out(record.getMessage()[:LONGEST_MESSAGE]),
    }
    found |= {name if name not in found else f"{name}_": _value(value) for name, value in fields.items()}
    if record.exc_info and record.exc_info[1]:
        found |= _exception(record.exc_info[1])
    return found


def _value(value: object) -> object:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    return strike_out(str(value)[:LONGEST_FIELD])


def _exception(error: BaseException) -> dict[str, str]:
    """A foreign exception's text may hold what a customer sent; where it happened is enough to find it."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    found = {
        "error": type(error).__name__,
        "where": " < ".join(f"{f.name} {f.filename}:{f.lineno}" for f in frames[::-1]),
    }
    if isinstance(error, InvalidInput):  # its message may quote the sender
        found["reason"] = strike_out(f"{error.code} {error.field}"[:LONGEST_FIELD])
    elif isinstance(error, FootfallError):
        found["reason"] = strike_out(str(error)[:LONGEST_FIELD])
    return found


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry(record), ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """Time, level, event and fields, for eyes."""

    def format(self, record: logging.LogRecord) -> str:
        found = entry(record)
        head = f"{found.pop('at')[11:19]} {found.pop('level'):7} {found.pop('event')}"
        found.pop("logger")
        return " ".join([head, *(f"{name}={value}" for name, value in found.items())]).replace("\n", " ")

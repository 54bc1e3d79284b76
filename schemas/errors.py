"""What can be wrong with what a sender said. Faults of the machinery (storage, network) do not belong here.

    FootfallError
    └── InvalidInput            the sender is at fault, a retry cannot help: 4xx, or a dead letter
        ├── InvalidJson         bytes that are no JSON, or JSON beyond the limits; with the position where known
        └── InvalidEvent        JSON that is no event: names the field
            └── Unconsented     of somebody who did not consent: nothing of it may be kept, not as a dead letter either

`code` is a stable word of the error shape (contract.md), listed in docs/errors.md.
"""

from __future__ import annotations


class FootfallError(Exception):
    """Root of every fault that the product expects; anything else is a bug."""


class InvalidInput(FootfallError):
    """The sender's fault: `code` is a stable word, `field` what it is about (may be empty), `message` for a person."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(code, field, message)
        self.code = code
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.field}: {self.message}" if self.field else f"{self.code}: {self.message}"


class InvalidJson(InvalidInput):
    """Bytes that are no JSON, or go beyond the limits; `position` is a byte offset, or None where it is not known."""

    def __init__(self, code: str, message: str, position: int | None = None, field: str = "") -> None:
        super().__init__(code, field, message)
        self.position = position


class InvalidEvent(InvalidInput):
    """JSON that is no event we can take; `field` is a dotted path such as `properties.price`."""


class Unconsented(InvalidEvent):
    """An event that is refused of somebody who did not consent; nothing of it may be kept.

    `copies` is the same for all copies of its message, and tells nothing of what it said.
    """

    def __init__(self, code: str, field: str, message: str, copies: str) -> None:
        super().__init__(code, field, message)
        self.copies = copies

"""The rules of a store: what its answers depend on besides the facts of its customers (docs/rules.md).

Values only: one typed list of rules with their defaults, and how changes of them add up. Adding a rule is a field here
and a parameter of the SQL that follows it. Where changes are recorded and read does not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator


def _number(value: Any) -> Any:
    """No truth value, and no text that looks like a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    return value


def _word(value: str) -> str:
    """Only what a visit can say: a rule with a line's end or a space too much would fit nothing, silently."""
    if not value.isprintable() or value != value.strip():
        raise ValueError("must be printable, without spaces around it")
    return value


def _off_or_from(least: int) -> AfterValidator:
    """Accept 0, and what is not below a bound."""

    def check(value: int) -> int:
        if 0 < value < least:
            raise ValueError(f"must be 0, or at least {least}")
        return value

    return AfterValidator(check)


Seconds = Annotated[float, BeforeValidator(_number)]
Number = Annotated[int, BeforeValidator(_number)]
BlockedId = Annotated[str, Field(min_length=1, max_length=200)]

Word = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_word)]
Words = Annotated[tuple[Word, ...], Field(max_length=200)]

LONGEST_PATTERN, MOST_WORDS = 10_000, 500
"""ClickHouse refuses a pattern of more than 16,000 characters, and takes seconds to prepare thousands of words."""

NO_CHANNEL = "None"
"""What a question calls the channel of who never came: no visit's."""

Changes = Mapping[str, Any]
"""What one Rules Changed says: the new value of some rules; null is the default again."""


LEAST_BOT_IN_MINUTE, LEAST_BOT_IN_HOUR = 100, 1_000
"""Slower than this is a person by every rule."""

NEVER = 2**63
"""More activities than there are."""

BLOCKED_IDS = ("test@test.com", "guest", "unknown", "none", "n/a", "NaN", "[object Object]")
"""What programs and testers write where an id should be, and whole shops would be one person by."""


class ChannelRule(BaseModel):
    """Which visits are of a channel: those that fit every list that is named, in any case of letters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_word)]
    sources: Words = Field((), description="names or hosts; a host stands for its subdomains too")
    mediums: Words = Field(())
    campaigns: Words = Field((), description="a campaign fits that contains one of these")

    @model_validator(mode="after")
    def _names_visits(self) -> ChannelRule:
        if not (self.sources or self.mediums or self.campaigns):
            raise ValueError("names no sources, mediums or campaigns")
        if self.channel == NO_CHANNEL:
            raise ValueError(f"{NO_CHANNEL} is the channel of who never came")
        if max(map(len, self.patterns())) > LONGEST_PATTERN:
            raise ValueError("its words are too long together")
        return self

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.sources) + len(self.mediums) + len(self.campaigns)

    def patterns(self) -> tuple[str, str, str]:
        """Return regular expressions that fit source, medium and campaign of its visits, each between tabs and in lower
        case: a tab alone fits whatever a visit says.
        """
        sources, mediums, campaigns = (
            [re.escape(word.lower()) for word in words] for words in (self.sources, self.mediums, self.campaigns)
        )
        hosts = [source for source in sources if "." in source]
        below = [rf".*\.{_any_of(hosts)}"] if hosts else []
        return _whole(sources + below), _whole(mediums), _any_of(campaigns) if campaigns else "\t"


def _whole(patterns: Sequence[str]) -> str:
    return rf"^\t{_any_of(patterns)}\t$" if patterns else "\t"


def _any_of(patterns: Sequence[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _few_words(channels: tuple[ChannelRule, ...]) -> tuple[ChannelRule, ...]:
    if sum(channel.words for channel in channels) > MOST_WORDS:
        raise ValueError(f"must have at most {MOST_WORDS} words together")
    return channels


class Rules(BaseModel):
    """All rules. Names are stored and part of the API: frozen; new ones have defaults that change no answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_timeout_seconds: Seconds = Field(
        1800.0, ge=1, le=86_400, description="a longer gap between two activities of a person begins a new session"
    )
    most_anonymous_ids: Number = Field(
        10_000, ge=1, le=1_000_000, description="of one user; those that it claimed first are linked"
    )
    most_users_of_an_address: Number = Field(
        5, ge=1, le=1_000_000, description="an e-mail address or phone number that more users name links none of them"
    )
    blocked_ids: tuple[BlockedId, ...] = Field(
        BLOCKED_IDS, max_length=1_000, description="users, visitors and addresses that are linked to nobody"
    )
    channels: Annotated[tuple[ChannelRule, ...], AfterValidator(_few_words)] = Field(
        (), max_length=100, description="the shop's own: the first that a visit fits is its channel, before all others"
    )
    bot_activities_in_minute: Annotated[Number, _off_or_from(LEAST_BOT_IN_MINUTE)] = Field(
        200, ge=0, le=1_000_000, description="a visitor with more within a minute is a bot; 0 for no such limit"
    )
    bot_activities_in_hour: Annotated[Number, _off_or_from(LEAST_BOT_IN_HOUR)] = Field(
        2_000, ge=0, le=10_000_000, description="a visitor with more within an hour is a bot; 0 for no such limit"
    )

    @property
    def judges_by_speed(self) -> bool:
        """Tell whether a visitor can be a bot by how fast it goes."""
        return bool(self.bot_activities_in_minute or self.bot_activities_in_hour)

    def bot_rates(self) -> dict[str, int]:
        """Return the rates as the query for bots takes them."""
        return {
            "bot_in_minute": self.bot_activities_in_minute or NEVER,
            "bot_in_hour": self.bot_activities_in_hour or NEVER,
        }

    def parameters(self) -> dict[str, Any]:
        """Return those that queries take as parameters; gaps are in microseconds."""
        timeout = {"session_timeout": round(self.session_timeout_seconds * 1e6)}
        return {**timeout, **_patterns(self.channels)} if self.channels else timeout


def _patterns(channels: Sequence[ChannelRule]) -> dict[str, list[str]]:
    """Return the parameters of `footfall_store_channel`; of the first channel, an empty text, are visits of none."""
    sources, mediums, campaigns = zip(*(channel.patterns() for channel in channels), strict=True)
    return {
        "channels": ["", *(channel.channel for channel in channels)],
        "channel_sources": list(sources),
        "channel_mediums": list(mediums),
        "channel_campaigns": list(campaigns),
    }


RuleChanges: type[BaseModel] = create_model(
    "RuleChanges",
    __config__=ConfigDict(extra="forbid"),
    **{
        name: (Annotated[(field.annotation, *field.metadata)] | None, Field(None, description=field.description))
        for name, field in Rules.model_fields.items()
    },  # type: ignore[call-overload]  # the fields are those of Rules, which mypy cannot follow
)
"""Some rules, each with its bounds: checks what a shop says before it is recorded."""


def changed(default: Rules, changes: Iterable[Changes]) -> Rules:
    """Return the rules after some changes, in their order. A rule that this version does not know changes nothing."""
    known = default.model_dump()
    values = dict(known)
    for change in changes:
        values |= {name: known[name] if value is None else value for name, value in change.items() if name in known}
    return Rules.model_validate(values)

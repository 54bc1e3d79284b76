"""The machine by itself: a product that follows the oracle passes, and each spoilt one is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.oracle import Delivery, Learned, fact_key
from tests.oracle.reading import rfc3339
from tests.properties.ledger import now
from tests.properties.machine import Laws, run_laws
from tests.properties.oracle_driver import OracleDriver

QUICK = settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class LosesOnCrash(OracleDriver):
    def crash(self) -> None:
        self.deliveries = self.deliveries[:-1]


class LetsTheLastCopyStand(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        super().take(replace(delivery, recorded_order=-delivery.recorded_order))


class KnowsNoKeyClasses(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        super().take(replace(delivery, key_class="server"))


class ForgetsRetractions(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        if delivery.message.get("event") != "Event Retracted":
            super().take(delivery)


class RecordsAnewOnRebuild(OracleDriver):
    def rebuild(self) -> None:
        shown = self.oracle.facts
        self.learned |= {fact.key: Learned(fact.event_id[::-1]) for fact in shown}


class KnewEverythingAtOnce(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        first = self.deliveries[0].recorded_at if self.deliveries else delivery.recorded_at
        super().take(replace(delivery, recorded_at=first))


class IgnoresTheClockOfTheSender(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        super().take(replace(delivery, sent_at=None))


class KeepsTheFirstRules(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        changes = [one for one in self.deliveries if one.message.get("event") == "Rules Changed"]
        if delivery.message.get("event") != "Rules Changed" or not changes:
            super().take(delivery)


class DropsLateLogins(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        message = delivery.message
        known = {fact_key(one).stream.id for one in self.deliveries}
        late = fact_key(delivery).stream.kind == "user" and message.get("anonymousId") in known
        super().take(replace(delivery, message={**message, "anonymousId": None}) if late else delivery)


class TrustsEverybody(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        message = delivery.message
        super().take(replace(delivery, message={**message, "context": {**message["context"], "userAgent": ""}}))


class KeepsTheErased(OracleDriver):
    def erase(self, customer_id: str) -> str:
        return str(rfc3339(now()))


class TakesWhatIsErasedAgain(OracleDriver):
    def erase(self, customer_id: str) -> str:
        until = super().erase(customer_id)
        gone = self.erased.pop()
        self.deliveries = [one for one in self.deliveries if fact_key(one).stream not in gone.streams]
        return until


class ForgetsSplits(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        if delivery.message.get("event") != "Customers Split":
            super().take(delivery)


class ForgetsMerges(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        if delivery.message.get("event") != "Customers Merged":
            super().take(delivery)


class UndoesTheLatestMergeWhateverTheSplitSays(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        message = delivery.message
        if message.get("event") == "Customers Split":
            merges = [
                one.message["properties"] for one in self.deliveries if one.message.get("event") == "Customers Merged"
            ]
            message = {**message, "properties": merges[-1] if merges else message["properties"]}
        super().take(replace(delivery, message=message))


class ForgetsWithdrawals(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        if delivery.message.get("event") != "Consent Withdrawn":
            super().take(delivery)


class RecordsWhoDidNotConsent(OracleDriver):
    def take(self, delivery: Delivery) -> None:
        super().take(replace(delivery, choice="record"))


class CountsCopiesOfWhatItRefuses(OracleDriver):
    def count(self, delivery: Delivery) -> None:
        self.refused.add((delivery.key_class, str(delivery.recorded_order)))


SPOILT = [
    ForgetsWithdrawals,
    RecordsWhoDidNotConsent,
    CountsCopiesOfWhatItRefuses,
    KeepsTheErased,
    TakesWhatIsErasedAgain,
    LosesOnCrash,
    LetsTheLastCopyStand,
    KnowsNoKeyClasses,
    ForgetsRetractions,
    RecordsAnewOnRebuild,
    KnewEverythingAtOnce,
    IgnoresTheClockOfTheSender,
    KeepsTheFirstRules,
    DropsLateLogins,
    ForgetsSplits,
    ForgetsMerges,
    UndoesTheLatestMergeWhateverTheSplitSays,
    TrustsEverybody,
]


def run(driver: Callable[[], OracleDriver], how: settings = QUICK) -> None:
    run_laws(lambda: Laws(driver(), disturbances=3), how)


def test_a_product_that_follows_the_oracle_passes() -> None:
    run(OracleDriver)


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_product_is_found_out(spoilt: type[OracleDriver]) -> None:
    with pytest.raises(AssertionError, match="the product and the oracle differ"):
        run(spoilt, settings(QUICK, max_examples=200))  # most are found at once

"""The demo's way through a running product: send, wait, ask, print. Runs in a thread beside the product."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from footfall.demo.asking import Analyst
from footfall.demo.facts_text import day, many, moment
from footfall.demo.journey_text import cart_text, journey_lines, profile_lines, sessions_text
from footfall.demo.numbers_text import counts, counts_lines, funnel, funnel_lines
from footfall.demo.plan import Plan, is_crawlers, otto
from footfall.demo.sending import Sender
from footfall.progress import progress_bar
from footfall.simulation import SimulatedMessage
from ingest.key_kinds import StoreKeys

SHOWN = "ada-winter"
SHOP_FUNNEL = funnel("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
OTTO_FUNNEL = funnel("Product Viewed", "Product Added", "Order Completed")


@dataclass(frozen=True)
class Tour:
    """Goes through the product, with the keys of its two stores.

    `address` takes events, `answers` questions: the same for a product in one process. `storefront` is the sample
    shop's, where there is one.
    """

    address: str
    answers: str
    data: Path
    plan: Plan
    again: bool
    shop: StoreKeys
    otto: StoreKeys
    storefront: str | None = None

    def go(self) -> None:
        """Send everything, then print what the product makes of it."""
        shop, real = self.plan.shop(), otto()
        self._send(shop, real)
        analyst = Analyst(self.answers, self.shop.query_token)
        visitors = Analyst(self.answers, self.otto.query_token)
        self._one_customer(analyst)
        _heading("A funnel: sessions of the simulated shop that get how far")
        _say(funnel_lines(analyst.post("/questions/funnel", SHOP_FUNNEL)))
        _heading("The same of 20 real visitors (OTTO recommender systems dataset, 2022)")
        _say(funnel_lines(visitors.post("/questions/funnel", OTTO_FUNNEL)))
        _heading("Counts")
        _say(counts_lines({"shop": counts(analyst.customers()), "otto": counts(visitors.customers())}))
        click.echo()
        _say(_left_out(analyst, shop))
        self._look_around()
        self._try_it(analyst)

    def _send(self, shop: Sequence[SimulatedMessage], real: Sequence[SimulatedMessage]) -> None:
        again = " again, as they were" if self.again else ""
        click.echo(f"Sending {len(shop) + len(real):,} messages{again}, over HTTP, by Segment's client for Python:")
        click.echo(f"  {len(shop):,} of a simulated shop in {self.plan.days} days, {len(real):,} of 20 real visitors.")
        began = time.monotonic()
        self._send_to(self.shop, shop)
        self._send_to(self.otto, real)
        sent = time.monotonic()
        status = Analyst(self.answers, self.shop.query_token).settled()
        click.echo(
            f"Sent in {sent - began:.1f} s, all in the answers {time.monotonic() - sent:.1f} s later: "
            f"{status['recorded']:,} facts, {status['dead_letters']} refused."
        )
        if self.again:
            click.echo("What was there from the last time counts once: the same messages again change nothing.")

    def _send_to(self, keys: StoreKeys, messages: Sequence[SimulatedMessage]) -> None:
        sender = Sender(self.address, keys)
        with progress_bar() as progress:
            sender.send(messages, lambda done: progress(f"  {keys.store}", done, len(messages)))
        sender.close()

    def _one_customer(self, analyst: Analyst) -> None:
        profile = analyst.get(f"/customers/by/user_id/{SHOWN}")
        _heading("One customer")
        _say(profile_lines(profile))
        _heading("Her journey (times in UTC; a page is left out where the next line happened on it)")
        _say(journey_lines(analyst.journey(profile["customer_id"])))
        before = moment(profile["orders"]["first_at"]) - timedelta(minutes=1)
        then = analyst.get(f"/customers/by/user_id/{SHOWN}", as_of=before.isoformat())
        _heading(f"The same customer as of {day(before)}, a minute before her first order")
        click.echo(f"  {sessions_text(then)}, {many(then['orders']['count'], 'order')}, in the cart {cart_text(then)}")

    def _look_around(self) -> None:
        if self.storefront is None:
            return
        _heading("Look around in a shop, and watch your own journey appear (it asks first whether it may)")
        _say((f"  the shop       {self.storefront}", f"  what is known  {self.storefront}/journey"))

    def _try_it(self, analyst: Analyst) -> None:
        customer = analyst.get(f"/customers/by/user_id/{SHOWN}")["customer_id"]
        event = """'{"userId": "you", "event": "Product Viewed", "properties": {"product_id": "mugs-05"}}'"""
        body = """'{"steps": [{"event": "Product Viewed"}, {"event": "Order Completed"}], "by": "channel"}'"""
        _heading("Try it: paste these two lines into another terminal")
        _say(
            (
                f"  A={self.answers}/api/v1",
                f"  T='Authorization: Bearer {self.shop.query_token}'",
                "",
                "then ask for the profile, the journey, a funnel by channel, all that there is to ask,",
                "",
                f'  curl -H "$T" "$A/customers/by/user_id/{SHOWN}"',
                f'  curl -H "$T" "$A/customers/{customer}/journey?limit=5"',
                f"""  curl -H "$T" "$A/questions/funnel" -H 'Content-Type: application/json' -d {body}""",
                '  curl -H "$T" "$A/openapi.json"',
                "",
                "send something yourself, and ask for it,",
                "",
                f"  curl -u {self.shop.write_key}: {self.address}/v1/track -d {event}",
                '  curl -H "$T" "$A/customers/by/user_id/you"',
                "",
                "or point a Segment client at this address:",
                "",
                f"  address      {self.address}",
                *(f"  {name.replace('_', ' '):13}{key}" for name, key in self.shop.as_dict().items()),
                "",
                f"  store        {self.otto.store}",
                f"  query token  {self.otto.query_token}",
            )
        )


def _left_out(analyst: Analyst, messages: Sequence[SimulatedMessage]) -> Iterable[str]:
    """Tell what was sent and is in no count."""
    different = {each.message["messageId"]: each.message for each in messages}
    crawled = [message for message in different.values() if is_crawlers(message)]
    ids = sorted({message["anonymousId"] for message in crawled})
    answered = sum(analyst.found(f"/customers/by/anonymous_id/{each}") for each in ids)
    yield f"  {len(messages) - len(different):,} messages came twice, as networks have it; each counts once."
    visits = many(len(ids), "visit")
    yield f"  {len(crawled)} events of {visits} by bots are kept as facts; {answered} of the visits are in an answer."
    yield "  The rest are facts about no person: stock, catalogue, costs; and a test order that was taken back."


def _heading(text: str) -> None:
    click.echo()
    click.echo(click.style(text, bold=True, fg="cyan"))
    click.echo()


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)

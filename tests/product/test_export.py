"""An export has all that is held on a person and nothing of others, in one stream (docs/export.md)."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.product.leaving import SECONDS, erase, known, owner
from tests.product.running import Product, RunningProduct, Shop, client, eventually

pytestmark = pytest.mark.product

FILES = {
    "index.html", "about.json", "profile.json", "profile.csv", "sessions.json", "sessions.csv", "facts.json",
    "facts.csv", "consent.json", "consent.csv", "links.json", "links.csv", "dead_letters.json", "erasures.json",
}  # fmt: skip


class Opened:
    """An export, read."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        assert self._archive.testzip() is None
        self.names = set(self._archive.namelist())

    def text(self, name: str) -> str:
        return self._archive.read(name).decode()

    def json(self, name: str) -> Any:
        return json.loads(self.text(f"{name}.json"))

    def csv(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(f"{name}.csv"), newline="")))

    def everything(self) -> str:
        return "\n".join(map(self.text, sorted(self.names)))


def export(shop: Shop, customer_id: str) -> Opened:
    said = owner(shop).post(f"/customers/{customer_id}/export")
    assert (said.status_code, said.headers["content-type"]) == (200, "application/zip")
    return Opened(said.content)


def test_an_export_has_all_that_is_held_and_nothing_of_others(shop: Shop) -> None:
    ada, customer_id = known(shop, "exported")
    bob, _ = known(shop, "somebodyelse")
    user = {"type": "track", "userId": ada.user_id}
    shop.send({**user, "event": "Consent Given", "messageId": "c1", "properties": {"purposes": ["ads"]}})
    shop.send({**user, "event": "Tea Tasted", "messageId": "c2", "integrations": {"Elsewhere": False}})
    taken_back = {"event": "Event Retracted", "messageId": "c3", "properties": {"message_id": "c2"}}
    shop.send({**user, **taken_back}, server=True)
    shop.settle()

    found = export(shop, customer_id)

    assert found.names == FILES
    assert not any(text in found.everything() for text in (bob.user_id, bob.visitor, bob.email))
    assert found.json("profile") == shop.customer(ada.user_id)
    facts = found.json("facts")
    assert sorted(fact["message_id"] for fact in facts) == sorted(
        [*(message["messageId"] for message in ada.messages()), "c1", "c2", "c3"]
    ), "also what was taken back"
    (tasted,) = [fact for fact in facts if fact["message_id"] == "c2"]
    assert tasted["message"]["integrations"] == {"Elsewhere": False}, "the whole message, not only what answers read"
    assert [row["event_id"] for row in found.csv("facts")] == [fact["event_id"] for fact in facts]
    assert [(one["purpose"], one["given"]) for one in found.json("consent")] == [("ads", True)]
    assert [link["state"] for link in found.json("links")] == ["held"] * 3, "visitor, e-mail, phone"
    assert len(found.json("sessions")) == len(found.csv("sessions")) == shop.customer(ada.user_id)["sessions"]
    assert found.json("erasures") == []
    page = found.text("index.html")
    assert ada.name in page
    assert "<script" not in page


def test_hostile_texts_are_neither_markup_nor_formulas(shop: Shop) -> None:
    evil = '=HYPERLINK("https://evil.example","<script>alert(1)</script>")'
    shop.send({"type": "identify", "userId": "eve", "messageId": evil[:90], "traits": {"name": evil}})
    shop.settle()
    found = export(shop, shop.customer("eve")["customer_id"])
    assert "<script" not in found.text("index.html")
    assert "&lt;script&gt;" in found.text("index.html")
    assert {row["message_id"] for row in found.csv("facts")} == {f"'{evil[:90]}"}
    assert {"field": "traits.name", "value": f"'{evil}"} in found.csv("profile")


def test_of_a_batch_that_became_a_dead_letter_only_the_persons_own_events_are_shown(shop: Shop) -> None:
    ada, customer_id = known(shop, "inabatch")
    bad = [{"type": "track", "userId": who, "properties": {}} for who in (ada.user_id, "neighbour-4242")]
    shop.post("/v1/batch", {"batch": bad})
    shop.post("/v1/batch", gzip.compress(json.dumps({"batch": bad}).encode()[:-1]))
    eventually(lambda: len(export(shop, customer_id).json("dead_letters")) == 5, SECONDS, "five dead letters")
    assert "neighbour-4242" not in export(shop, customer_id).everything()


def test_links_that_do_not_hold_do_not_tell_who_the_other_is(shop: Shop) -> None:
    shop.send(
        *({"type": "page", "userId": user, "anonymousId": "shared", "messageId": user} for user in ("ada", "bob"))
    )
    shop.settle()
    ids = [shop.customer(user)["customer_id"] for user in ("ada", "bob")]
    links = [export(shop, one).json("links") for one in ids]
    for link in (link for found in links for link in found):
        mine = [side["value"] for side in link["streams"]]
        assert not {"ada", "bob"} <= set(mine)
    assert any(side["value"] is None for found in links for link in found for side in link["streams"])


def test_only_an_admin_token_exports_and_only_of_its_own_store(shop: Shop, product: Product) -> None:
    other = product.new_store()
    shop.send({"type": "page", "userId": "ada", "messageId": "1"})
    shop.settle()
    path = f"/customers/{shop.customer('ada')['customer_id']}/export"
    analyst: httpx.Client = client(f"{shop.product.api_url}/api/v1", Authorization=f"Bearer {shop.query_token}")
    assert analyst.post(path).json()["code"] == "forbidden"
    assert [owner(other).post(one).status_code for one in (path, "/customers/nobody/export")] == [404, 404]


def test_what_was_erased_is_in_no_export_but_its_receipt_is(shop: Shop) -> None:
    ada, customer_id = known(shop, "erasedbefore")
    receipt = erase(shop, customer_id)
    assert owner(shop).post(f"/customers/{customer_id}/export").status_code == 404
    shop.send({"type": "page", "userId": ada.user_id, "messageId": "anew"})
    shop.settle()
    found = export(shop, customer_id)
    assert [fact["message_id"] for fact in found.json("facts")] == ["anew"]
    assert [one["erasure_id"] for one in found.json("erasures")] == [receipt["erasure_id"]]
    assert ada.email not in found.everything()


def test_a_command_exports_whether_the_product_runs_or_not(own_product: RunningProduct, tmp_path: Path) -> None:
    own_product.start()
    shop = own_product.first_store()
    ada, _ = known(shop, "bycommand")
    live, still = tmp_path / "live.zip", tmp_path / "still.zip"
    own_product.command("export", ada.user_id, str(live), "--by", "user_id")
    shop.send({"type": "page", "userId": ada.user_id, "messageId": "last"})
    own_product.stop()
    own_product.command("export", ada.email, str(still), "--by", "email")
    facts = [len(Opened(file.read_bytes()).json("facts")) for file in (live, still)]
    assert facts == [len(ada.messages()), len(ada.messages()) + 1]
    assert sorted(file.name for file in tmp_path.glob("*.zip*")) == ["live.zip", "still.zip"]
    assert live.stat().st_mode & 0o077 == 0
    gone = own_product.run("export", "nobody", str(tmp_path / "none.zip"), "--by", "user_id")
    assert (gone.returncode, gone.stderr.strip(), (tmp_path / "none.zip").exists()) == (1, "no such customer", False)

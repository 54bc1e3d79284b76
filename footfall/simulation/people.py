"""Who visits: invented names, addresses and devices. User agents look real; addresses are from documentation blocks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FIRST_NAMES = (
    "Alma", "Bela", "Cleo", "Dario", "Edda", "Falk", "Greta", "Hugo", "Ilse", "Jonte", "Kaja", "Levi", "Mira", "Nuri",
    "Ole", "Pia", "Quirin", "Runa", "Silas", "Tilda", "Ulla", "Vito", "Wanda", "Xaver", "Yara", "Zeno",
)  # fmt: skip
LAST_NAMES = (
    "Ahorn", "Birke", "Distel", "Eiche", "Farn", "Ginster", "Hasel", "Iris", "Kiefer", "Linde", "Mohn", "Nelke",
    "Quitte", "Rose", "Salbei", "Tanne", "Ulme", "Veilchen", "Weide", "Zeder",
)  # fmt: skip
CITIES = (("Berlin", "10115"), ("Hamburg", "20095"), ("Wien", "1010"), ("Basel", "4051"), ("Leipzig", "04109"))

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
LAPTOPS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
)
PHONES = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {_SAFARI} Version/18.1 Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 13; SM-A536B) {_WEBKIT} Chrome/129.0.0.0 Mobile Safari/537.36",
)
LOCALES = ("de-DE", "de-DE", "de-AT", "de-CH", "en-GB")


@dataclass(frozen=True)
class Device:
    """A browser on a machine."""

    user_agent: str
    locale: str
    ip: str


@dataclass(frozen=True)
class Customer:
    """A visitor whom the shop knows by name."""

    user_id: str
    first_name: str
    last_name: str
    city: str
    postal_code: str
    email: str

    def traits(self) -> dict[str, object]:
        return {
            "email": self.email,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "address": {"city": self.city, "postalCode": self.postal_code},
        }


def laptop(chance: Random) -> Device:
    return Device(chance.choice(LAPTOPS), chance.choice(LOCALES), _address(chance))


def phone(chance: Random) -> Device:
    return Device(chance.choice(PHONES), chance.choice(LOCALES), _address(chance))


def customer(number: int, chance: Random) -> Customer:
    city, postal_code = chance.choice(CITIES)
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    email = f"{first}.{last}.{number}@example.com".lower()
    return Customer(f"c{number:05d}", first, last, city, postal_code, email)


def _address(chance: Random) -> str:
    return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randint(1, 254)}"

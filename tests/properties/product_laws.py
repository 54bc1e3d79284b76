"""The machine on a fresh store of a running product, whose connections it gives back."""

from __future__ import annotations

from tests.properties.http_driver import HttpDriver, Product
from tests.properties.machine import Laws


class ProductLaws(Laws):
    """`disturbances` as in `Laws`."""

    def __init__(self, product: Product, disturbances: int) -> None:
        self.http = HttpDriver(product)
        super().__init__(self.http, disturbances)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.http.close()

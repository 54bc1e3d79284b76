from __future__ import annotations

import pytest

from tests.unit.ingest.doubles import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()

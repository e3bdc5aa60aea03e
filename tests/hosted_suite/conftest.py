from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic_ai import models
from shop import Shop


@pytest.fixture(scope='session', autouse=True)
def no_real_requests() -> Iterator[None]:
    allowed, models.ALLOW_MODEL_REQUESTS = models.ALLOW_MODEL_REQUESTS, False
    yield
    models.ALLOW_MODEL_REQUESTS = allowed


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def anyio_backend() -> str:
    return 'asyncio'


@pytest.fixture
def broken() -> None:
    raise RuntimeError('this fixture is broken')

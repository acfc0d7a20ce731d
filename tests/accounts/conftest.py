import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_cache(db: None) -> None:
    """No test pays for the attempts of another."""
    cache.clear()

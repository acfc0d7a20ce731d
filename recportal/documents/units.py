"""Numbers as people read them."""

from django.utils.formats import localize
from django.utils.functional import lazy


def with_unit(value: float, unit: str = "") -> str:
    """The number in the reader's language, with its unit: ``5.5 kWp``, and ``90°`` without a blank."""
    number = str(localize(value)) if abs(value) < 1e15 else str(value)
    if not unit:
        return number
    return f"{number}{unit}" if unit == "°" else f"{number} {unit}"


#: The same, put together at the moment at which it is shown.
with_unit_later = lazy(with_unit, str)

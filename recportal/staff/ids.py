"""Ids as strangers write them."""

#: The largest id that a column holds (a signed integer of 64 bits).
_LARGEST = 2**63 - 1


def as_id(text: object) -> int | None:
    """The id that ``text`` stands for; None for what cannot be one, and which no database should be asked."""
    if isinstance(text, int):
        return text if 0 < text <= _LARGEST else None
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return int(text) if 0 < int(text) <= _LARGEST else None

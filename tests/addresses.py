"""The addresses of the site, as its own URL configuration has them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

_PLACEHOLDER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP: Final = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Route:
    """An address with its placeholders in braces, such as ``/my/{community}/{member}/``."""

    address: str
    view: Callable[..., Any]

    @property
    def placeholders(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.address)

    @property
    def methods(self) -> frozenset[str] | None:
        """The methods of a view of the API, beside HEAD; None for views that do not say."""
        actions = getattr(self.view, "actions", None)
        return frozenset(method.upper() for method in actions if method != "head") if actions else None

    def filled(self, values: dict[str, Any]) -> str:
        return self.address.format(**values)


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[Route]:
    """Every route of the site; ``{anything}`` stands for what a pattern without words lets through."""
    for pattern in (resolver or get_resolver()).url_patterns:
        plain = _plain(str(pattern.pattern))
        if not plain and isinstance(pattern.pattern, RegexPattern):
            plain = "{anything}"
        address = prefix + plain
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, address)
        else:
            yield Route(address, pattern.callback)


def _plain(pattern: str) -> str:
    """A pattern of either kind, path or regular expression, as an address with placeholders."""
    named = _PLACEHOLDER.sub(r"{\1}", _GROUP.sub(r"{\1}", pattern))
    return named.replace("^", "").replace("$", "").replace("\\", "")

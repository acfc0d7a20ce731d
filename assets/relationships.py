"""What an asset measures or is paired with, and the other way round: by key, inside the community."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from .models import Asset


class _Measures(Func):
    """Whether an asset says that it measures the asset with the key ``key``."""

    output_field = models.BooleanField()

    def __init__(self, key: str, **extra: Any) -> None:
        self.key = key
        super().__init__(F("relationships"), **extra)

    def as_sql(  # type: ignore[override]  # the stubs want the options of a template, and there is none
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_options: Any
    ) -> tuple[str, list[Any]]:
        sql, given = compiler.compile(self.get_source_expressions()[0])
        if connection.vendor == "sqlite":
            measured = f"SELECT value FROM json_each({sql}, '$.measures')"  # noqa: S608  # a column's name
            return f"(%s IN ({measured}))", [self.key, *given]
        return f"({sql} -> 'measures' @> to_jsonb(%s::text))", [*given, self.key]


@dataclass(frozen=True)
class Related:
    """The assets around one, by how. A key that names no asset of the community stands for itself."""

    measures: list[Asset | str]
    measured_by: list[Asset]
    paired_with: list[Asset | str]
    paired_by: list[Asset]


def related_assets(asset: Asset) -> Related:
    """All assets of the community that the asset names, and those that name it: one query."""
    keys = _texts(asset.relationships.get("measures"))
    pair = asset.relationships.get("paired_with")
    named = [*keys, *([pair] if isinstance(pair, str) else [])]
    names_it = Q(relationships__paired_with=asset.key) | Q(measures_it=True)
    around = asset.siblings().alias(measures_it=_Measures(asset.key))
    found = around.filter(Q(key__in=named) | names_it).order_by("key").defer("extra", "search_text")
    by_key = {each.key: each for each in found}
    return Related(
        measures=[by_key.get(key, key) for key in keys],
        measured_by=[each for each in found if asset.key in _texts(each.relationships.get("measures"))],
        paired_with=[by_key.get(pair, pair)] if isinstance(pair, str) else [],
        paired_by=[each for each in found if each.relationships.get("paired_with") == asset.key],
    )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

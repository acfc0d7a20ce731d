"""A stored community as a bundle."""

from typing import Any

from assets.models import Asset
from communities.models import Community
from members.models import Member

from .bundle import Bundle, Dialect
from .plan import COLUMNS
from .writing import Form, write_bundle


def bundle_of(community: Community) -> Bundle:
    """Everything that a bundle says about a community, read in three queries.

    Accounts, versions, times and holdings are the register's own and no part of a bundle.
    """
    columns = COLUMNS["community"]
    bundle = Bundle("native", {"key": community.key} | {name: getattr(community, name) for name in columns})
    members = Member.objects.filter(community=community).order_by("key")
    for key, *values in members.values_list("key", *COLUMNS["member"]):
        bundle.members[key] = dict(zip(COLUMNS["member"], values, strict=True))
    assets = Asset.objects.filter(community=community).order_by("key")
    for key, owner, *values in assets.values_list("key", "owner__key", *COLUMNS["asset"]):
        record: dict[str, Any] = {"owner": owner}
        bundle.assets[key] = record | dict(zip(COLUMNS["asset"], values, strict=True))
    return bundle


def export_bundle(community: Community, dialect: Dialect = "native", form: Form = "yaml") -> str:
    """The text of a file with the community: the same community always gives the same text."""
    return write_bundle(bundle_of(community), dialect, form)

"""The forms of an area: its values, its outline, another key."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from recportal.documents import text
from recportal.documents.faults import Fault, Path, Text
from recportal.documents.schemas import schema
from recportal.records.changes import change
from recportal.records.fields import CODE_LIKE, validate_key

from .areas import rename_area
from .boundaries import corners_of, geometry_in, polygon_of
from .choosing import KeyListField
from .editing import IdField, PartForm, State
from .grid import Grid, supplying, type_label
from .models import Community
from .wording import titled

_MOST_BYTES: Final = 4 * 2**20


class CoordinateField(forms.FloatField):
    """Degrees, whole ones as a whole number. Bounds are the schema's business."""

    def __init__(self, part: Mapping[str, Any]) -> None:
        bounds = {"step": "any", "min": part["minimum"], "max": part["maximum"]}
        super().__init__(required=False, widget=forms.NumberInput(bounds), **titled(part))

    def to_python(self, value: Any) -> Any:
        number = super().to_python(value)
        return int(number) if number is not None and number.is_integer() else number


class OutlineField(forms.CharField):
    """Text of several lines that is compared line by line: browsers end lines with CR LF."""

    def __init__(self, rows: int, **options: Any) -> None:
        area = forms.Textarea({"rows": rows, "cols": 60, "class": "lines", **CODE_LIKE})
        super().__init__(**{**options, "required": False, "widget": area})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "").split() != (data or "").split()


class AreaForm(PartForm):
    """The values of the area ``key``; its outline as corners, as GeoJSON, or from a file."""

    name = forms.CharField(widget=forms.TextInput({"class": "vTextField"}))
    outline = OutlineField(
        rows=8,
        label=_("Corners of the outline"),
        help_text=_(
            "One corner in each line, latitude first: 46.14, 11.2. "
            "The last corner is joined to the first one by itself."
        ),
    )
    file = forms.FileField(
        label=_("Outline from a file"),
        required=False,
        max_length=200,
        allow_empty_file=True,
        help_text=_("A GeoJSON file of a map program. It replaces the outline."),
        widget=forms.FileInput({"accept": ".geojson,.json,application/geo+json"}),
    )
    geojson = OutlineField(
        rows=10,
        label=_("Outline as GeoJSON"),
        help_text=_("For outlines in several pieces or with holes."),
    )

    def __init__(
        self, data: QueryDict | None = None, files: Any = None, *, community: Community, key: str = ""
    ) -> None:
        self.key = key
        super().__init__(data, files, community=community)

    def state_of(self, community: Any) -> State:
        area = community.areas.get(self.key) if self.key else None
        if not isinstance(area, dict):
            return {"name": ""} if self.key in community.areas else {}
        geometry = area.get("geometry")
        location = area.get("location")
        location = location if isinstance(location, dict) else {}
        name = area.get("name")
        return {
            "name": name if isinstance(name, str) else "",
            "nodes": [each for each in supplying(area) if isinstance(each, str)],
            "lat": location.get("lat"),
            "lon": location.get("lon"),
            "outline": corners_of(geometry) or "",
            "geojson": text.compact(geometry) if geometry else "",
        }

    def build(self) -> None:
        definition = schema("communities/areas").definition["additionalProperties"]["properties"]
        for option, value in titled(definition["name"]).items():
            setattr(self.fields["name"], option, value)
        nodes = Grid(self.community.topology).nodes
        kept = self.state_of(self.community).get("nodes", [])
        self.fields["nodes"] = KeyListField(
            {node: node_label(stored) for node, stored in nodes.items()},
            kept,
            **titled(definition["topology"]),
        )
        place = definition["location"]["properties"]
        self.fields["lat"] = CoordinateField(place["lat"])
        self.fields["lon"] = CoordinateField(place["lon"])
        self.order_fields(["name", "nodes", "lat", "lon", "outline", "file", "geojson"])

    def clean(self) -> None:
        given = self.cleaned_data
        if ("lat" in given and "lon" in given) and (given["lat"] is None) != (given["lon"] is None):
            missing = "lat" if given["lat"] is None else "lon"
            self.add_error(
                missing, ValidationError(_("A place has both, latitude and longitude."), "required")
            )

    def clean_name(self) -> str:
        return _sound(self.cleaned_data["name"])

    def clean_outline(self) -> Any:
        return polygon_of(self.cleaned_data["outline"]) if "outline" in self.changed_data else None

    def clean_geojson(self) -> Any:
        if "geojson" not in self.changed_data:
            return None
        if "outline" in self.changed_data and (self.cleaned_data["geojson"] or self.data.get("outline")):
            message = _("The corners have been changed, too. Change one of the two.")
            raise ValidationError(message, "invalid")
        return _geometry(self.cleaned_data["geojson"])

    def clean_file(self) -> Any:
        file: Any = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > _MOST_BYTES:
            raise ValidationError(
                _("The file is too large: at most 4 MiB are accepted."), "document_too_large"
            )
        file.seek(0)
        try:
            content = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(_("The file is not text in UTF-8."), "invalid") from None
        return _geometry(content, required=True)

    def apply(self, community: Community) -> None:
        stored = community.areas.get(self.key)
        area = dict(stored) if isinstance(stored, dict) else {}
        given, changed = self.cleaned_data, self.changed_data
        if "name" in changed or "name" not in area:
            area["name"] = given["name"]
        if "nodes" in changed:
            _put(area, "topology", given["nodes"])
        if "lat" in changed or "lon" in changed:
            location = area.get("location")
            kept = dict(location) if isinstance(location, dict) else {}
            for name in ("lat", "lon"):
                _put(kept, name, given[name])
            _put(area, "location", kept)
        source = next((name for name in ("file", "geojson", "outline") if name in changed), None)
        if source:
            _put(area, "geometry", given[source])
        community.areas = {**community.areas, self.key: area}

    def field_of(self, path: Path) -> str | None:
        if path[:2] != ("areas", self.key):
            return None
        match path[2:3]:
            case ("topology",):
                return "nodes"
            case ("geometry",):
                return next((name for name in ("file", "outline") if name in self.changed_data), "geojson")
            case ("location",):
                return str(path[3]) if len(path) > 3 and path[3] in ("lat", "lon") else None
            case ("name",):
                return "name"
        return "key" if len(path) == 2 else None


class NewAreaForm(AreaForm):
    """An area that the community does not have yet. Without a key, one is made of the name."""

    adds = True

    def build(self) -> None:
        super().build()
        self.fields["key"] = IdField(
            label=_("key"),
            required=False,
            widget=forms.TextInput({"class": "vTextField", "maxlength": "128", **CODE_LIKE}),
            help_text=_("How files and tools name the area. Empty: one is made of the name."),
        )
        self.order_fields(["name", "key"])

    def clean(self) -> None:
        super().clean()
        key = str(self.cleaned_data.get("key", ""))
        self.key = key or self._proposed()
        try:
            validate_key(self.key)
        except ValidationError as error:
            self.add_error("key", error)
        if self.key in self.community.areas:
            self.add_error(
                "key", ValidationError(_("The community has an area with this key already."), "key_taken")
            )

    def _proposed(self) -> str:
        stem = slugify(self.cleaned_data.get("name", ""))[:100].strip("-_") or "area"
        key, number = stem, 2
        taken = {each.lower() for each in self.community.areas}
        while key.lower() in taken:
            key, number = f"{stem}-{number}", number + 1
        return key


class AreaKeyForm(PartForm):
    """Another key for an area, whose members move with it: ``moved`` is how many they were."""

    moved = 0
    new_key = IdField(
        label=_("New key"), widget=forms.TextInput({"class": "vTextField", "maxlength": "128", **CODE_LIKE})
    )

    def __init__(self, data: Any = None, *, community: Community, key: str) -> None:
        self.key = key
        super().__init__(data, community=community)

    def state_of(self, community: Any) -> State:
        return {"new_key": self.key} if self.key in community.areas else {}

    def save(self, user: Any) -> None:
        with change(user, "admin", self.reason_given()):
            self.moved = rename_area(
                self.community, self.key, self.cleaned_data["new_key"], seen=self.community.version
            )

    def field_of(self, path: Path) -> str | None:
        return "new_key" if path[:1] == ("areas",) else None


class AreaRemovalForm(PartForm):
    """The reason for removing an area."""

    def __init__(self, data: Any = None, *, community: Community, key: str) -> None:
        self.key = key
        super().__init__(data, community=community)

    def state_of(self, community: Any) -> State:
        return {"area": community.areas[self.key]} if self.key in community.areas else {}

    def apply(self, community: Community) -> None:
        community.areas = {key: area for key, area in community.areas.items() if key != self.key}


def node_label(node: Mapping[str, Any]) -> Text:
    """A node in a list of choices: its id, its name, its type."""
    name = node.get("name")
    words = [node["id"], name if isinstance(name, str) else "", type_label(node.get("type"))]
    return " · ".join(str(word) for word in words if word)


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """Nothing is not stored."""
    if value in (None, "", [], {}):
        values.pop(name, None)
    else:
        values[name] = value


def _sound(line: str) -> str:
    flaw = text.text_flaw(line)
    if flaw:
        raise ValidationError(flaw[0], flaw[1])
    return line


def _geometry(content: str, *, required: bool = False) -> Any:
    """The outline in a text of GeoJSON; None for an empty text. Raises ``ValidationError``."""
    if not content.strip() and not required:
        return None
    flaw = text.text_flaw(content)
    if flaw:
        raise Fault(*flaw)
    document = text.parse(content)
    found = text.flaws(document, (), _MOST_BYTES)
    if found:
        raise ValidationError(found)
    return geometry_in(document)

"""The forms of a node of the grid."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from recportal.documents.faults import Path, Text
from recportal.documents.schemas import schema
from recportal.documents.text import text_flaw
from recportal.records.fields import CODE_LIKE

from .area_forms import node_label
from .choosing import KeyChoiceField, SuggestingInput
from .editing import IdField, PartForm, State
from .grid import NODE_TYPES, Grid, areas_without_node, moved_below, with_node, without_node
from .models import Community
from .wording import titled

_PLAIN = ("type", "name", "operator_id")


def operators_of(community: Any) -> dict[str, Text]:
    """The names of the community's grid operators, by key."""
    operators = community.extra.get("operators")
    if not isinstance(operators, dict):
        return {}
    return {key: str((isinstance(each, dict) and each.get("name")) or key) for key, each in operators.items()}


class NodeForm(PartForm):
    """The values of the node ``node``, and the node that it hangs below."""

    type = forms.CharField(widget=SuggestingInput(NODE_TYPES))
    name = forms.CharField(required=False, widget=forms.TextInput({"class": "vTextField"}))

    def __init__(self, data: Any = None, *, community: Community, node: str = "") -> None:
        self.node = node
        super().__init__(data, community=community)

    def state_of(self, community: Any) -> State:
        grid = Grid(community.topology)
        if self.node not in grid.nodes:
            return {}
        stored = grid.nodes[self.node]
        values = {name: stored.get(name) for name in _PLAIN}
        plain = {name: value if isinstance(value, str) else "" for name, value in values.items()}
        return {**plain, "parent": grid.parent.get(self.node, "")}

    def build(self) -> None:
        definition = schema("communities/topology").definition["items"]["properties"]
        for name in ("type", "name"):
            for option, value in titled(definition[name]).items():
                setattr(self.fields[name], option, value)
        state = self.state_of(self.community)
        self.fields["operator_id"] = KeyChoiceField(
            operators_of(self.community),
            state.get("operator_id", ""),
            _("not given"),
            **titled(definition["operator_id"]),
        )
        grid = Grid(self.community.topology)
        own = {self.node, *grid.below(self.node)}
        self.fields["parent"] = KeyChoiceField(
            {node: node_label(stored) for node, stored in grid.nodes.items() if node not in own},
            state.get("parent", ""),
            _("none: it is at the top"),
            label=_("Hangs below"),
            help_text=_("The node that supplies this one. What hangs below this one moves along."),
        )
        self.order_fields(["type", "name", "operator_id", "parent"])

    def clean_type(self) -> str:
        return _sound(self.cleaned_data["type"])

    def clean_name(self) -> str:
        return _sound(self.cleaned_data["name"])

    def apply(self, community: Community) -> None:
        stored = Grid(community.topology).nodes.get(self.node, {"id": self.node})
        node = dict(stored)
        for name in _PLAIN:
            if name in self.changed_data:
                node[name] = self.cleaned_data[name]
                if not node[name]:
                    del node[name]
        topology = with_node(community.topology, node)
        if "parent" in self.changed_data:
            topology = moved_below(topology, self.node, self.cleaned_data["parent"])
        community.topology = topology

    def field_of(self, path: Path) -> str | None:
        """The field of a place in the node; what is wrong with the children is wrong with the parent."""
        names = {"children": "parent", **{name: name for name in ("id", *_PLAIN)}}
        return names.get(str(path[2])) if path[:1] == ("topology",) and len(path) > 2 else None


class NewNodeForm(NodeForm):
    """A node that the grid does not have yet."""

    adds = True
    id = IdField(widget=forms.TextInput({"class": "vTextField", "maxlength": "128", **CODE_LIKE}))

    def build(self) -> None:
        super().build()
        definition = schema("communities/topology").definition["items"]["properties"]
        for option, value in titled(definition["id"]).items():
            setattr(self.fields["id"], option, value)
        self.order_fields(["id"])

    def clean_id(self) -> str:
        node = _sound(self.cleaned_data["id"])
        if node in Grid(self.community.topology).nodes:
            raise ValidationError(_("The grid has a node with this id already."), code="duplicate")
        return node

    def apply(self, community: Community) -> None:
        self.node = self.cleaned_data["id"]
        super().apply(community)


class NodeRemovalForm(PartForm):
    """The reason for removing a node. What hangs below it moves up, and areas name it no more."""

    def __init__(self, data: Any = None, *, community: Community, node: str) -> None:
        self.node = node
        super().__init__(data, community=community)

    def state_of(self, community: Any) -> State:
        grid = Grid(community.topology)
        if self.node not in grid.nodes:
            return {}
        return {"node": grid.nodes[self.node], "parent": grid.parent.get(self.node, "")}

    def apply(self, community: Community) -> None:
        community.topology = without_node(community.topology, self.node)
        community.areas = areas_without_node(community.areas, self.node)


def _sound(line: str) -> str:
    flaw = text_flaw(line)
    if flaw:
        raise ValidationError(flaw[0], flaw[1])
    return line

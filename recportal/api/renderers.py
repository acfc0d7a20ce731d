"""What media types are offered. The answers are texts already: these only take part in the negotiation."""

from typing import Any

from rest_framework.renderers import BaseRenderer


class _Ready(BaseRenderer):
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        raise NotImplementedError("views answer with texts that are ready")


class JsonRenderer(_Ready):
    media_type = "application/json"
    format = "json"


class YamlRenderer(_Ready):
    media_type = "application/yaml"
    format = "yaml"

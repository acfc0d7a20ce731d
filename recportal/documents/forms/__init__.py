"""A document in a form: inputs built from its schema, and the JSON behind a toggle."""

from .field import DocumentFormField

__all__ = ["DocumentFormField"]

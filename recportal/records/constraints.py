"""A foreign key over two columns, which Django has no field for."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils.translation import gettext_lazy as _


class CompositeForeignKey(models.BaseConstraint):
    """The database's own guarantee that ``fields`` together name a row of another table by its ``to_fields``.

    The first of ``fields`` is a foreign key to its table; ``to_fields`` need a unique constraint there.
    Checked at the end of a transaction, as Django's foreign keys are. A constraint and not a trigger, since
    Django loses SQLite's triggers whenever it remakes a table.
    """

    violation_error_code = "composite_foreign_key"
    default_violation_error_message = _("The two belong to different owners.")

    def __init__(
        self, *, name: str, fields: tuple[str, ...], to_fields: tuple[str, ...], **options: Any
    ) -> None:
        self.fields = tuple(fields)
        self.to_fields = tuple(to_fields)
        super().__init__(name=name, **options)

    def _related_model(self, model: type[models.Model]) -> type[models.Model]:
        """Not by its name: SQLite's remade table belongs to a registry of models that holds nothing else."""
        related: type[models.Model] = _column(model, self.fields[0]).related_model
        return related

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert model is not None
        assert schema_editor is not None
        related = self._related_model(model)
        quote = schema_editor.quote_name
        columns = ", ".join(quote(_column(model, name).column) for name in self.fields)
        targets = ", ".join(quote(_column(related, name).column) for name in self.to_fields)
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns}) "
            f"REFERENCES {quote(related._meta.db_table)} ({targets}) DEFERRABLE INITIALLY DEFERRED"
        )

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        return f"{_alter_table(model, schema_editor)} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert schema_editor is not None
        name = schema_editor.quote_name(self.name)
        return f"{_alter_table(model, schema_editor)} DROP CONSTRAINT {name}"

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        if exclude and set(self.fields) & exclude:
            return
        values = [getattr(instance, _column(model, name).attname) for name in self.fields]
        if None in values:
            return
        found = self._related_model(model)._default_manager.using(using)
        if not found.filter(**dict(zip(self.to_fields, values, strict=True))).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompositeForeignKey) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.fields, self.to_fields))

    def deconstruct(self) -> Any:
        path, args, options = super().deconstruct()
        return path, args, {**options, "fields": self.fields, "to_fields": self.to_fields}


def _alter_table(model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
    assert model is not None
    assert schema_editor is not None
    return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)}"


def _column(model: type[models.Model], name: str) -> Any:
    """A column of the model by the name of its field. Any: the stubs count reverse relations among the
    fields.
    """
    return model._meta.get_field(name)

"""What every view of the API has in common, and the resources that are records."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.expressions import Combinable
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from recportal.accounts.models import User
from recportal.accounts.roles import Level
from recportal.documents.faults import MOST_FAULTS, Fault, faults_of, refuse, say, too_many
from recportal.documents.field import DocumentField
from recportal.documents.text import compact, shown
from recportal.documents.words import wrong_type
from recportal.records.another import ANOTHER, asking
from recportal.records.changes import change
from recportal.records.models import Record
from recportal.text import stored

from .errors import BadParameter, not_found, refuse_all
from .merge import merge_patch
from .openapi import Operation, OperationSchema
from .parsers import MergePatchParser, StrictJsonParser
from .preconditions import check_write, is_known, tag
from .scoping import require

JSON: Final = "application/json"

#: What a record says of itself and nobody sets. A body may hold them, so that what was read can be sent back.
READ_ONLY: Final = ("id", "version", "created_at", "updated_at")


class ApiView(ViewSet):
    """A view whose query parameters are known: ``parameters`` names them by action. Others are refused."""

    schema = OperationSchema()
    parser_classes = [StrictJsonParser]
    operations: ClassVar[dict[str, Operation]] = {}
    #: The actions that only read, though they are POSTs.
    reading: ClassVar[frozenset[str]] = frozenset()

    @property
    def reads(self) -> bool:
        return self.action in self.reading

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The keys and ids of the address are read as they are stored."""
        read = {
            name: (stored(each) or each) if isinstance(each, str) else each for name, each in kwargs.items()
        }
        return super().dispatch(request, *args, **read)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action:  # none: the method is refused in a moment
            operation = self.operations.get(self.action)
            self.check_parameters(request, operation.parameter_names if operation else ())

    def check_parameters(self, request: Request, known: tuple[str, ...]) -> None:
        """Refuse a parameter of the query that nobody would read, and one that is given twice."""
        errors = []
        for name, values in request.query_params.lists():
            if name not in known:
                message = say(_("There is no parameter “%(name)s” here."), name=shown(name))
                errors.append({"code": "unknown_parameter", "detail": message, "parameter": shown(name)})
            elif len(values) > 1:
                message = say(_("The parameter “%(name)s” is given twice."), name=name)
                errors.append({"code": "repeated_parameter", "detail": message, "parameter": name})
        refuse_all(errors)

    @property
    def user(self) -> User:
        """The caller; only views that are open to everybody meet others than accounts."""
        assert isinstance(self.request.user, User)
        return self.request.user

    @contextmanager
    def changing(self) -> Iterator[None]:
        """The circumstances of what is written: the caller, this door, and the reason that was sent."""
        with asking(confirmed(self.request)), change(self.user, "api", self.reason):
            yield

    @property
    def reason(self) -> str:
        return _reason(self.request)


def _reason(request: Request) -> str:
    """``Change-Reason``: HTTP knows no letters beyond Latin-1, and clients that need them send UTF-8."""
    given: str = request.headers.get("Change-Reason", "")
    with suppress(UnicodeError):
        given = given.encode("latin-1").decode()
    return "".join(letter if letter.isprintable() else " " for letter in given).strip()


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(compact(value), status=status, content_type=JSON, headers=headers)


def flag(request: Request, name: str) -> bool:
    """A parameter that is ``true`` or ``false``; false when it is not given."""
    given = request.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise BadParameter(name, "invalid", _("This must be true or false."))
    return given == "true"


def confirmed(request: Request) -> frozenset[str]:
    """The codes of ``confirm``: refusals that the caller has seen, and answers for."""
    given = request.query_params.get("confirm")
    codes = [] if given is None else given.split(",")
    if unknown := [code for code in codes if code not in ANOTHER]:
        message = say(_("There is nothing to confirm by the name “%(code)s”."), code=shown(unknown[0]))
        raise BadParameter("confirm", "invalid_choice", message)
    return frozenset(codes)


def filtered(filters: type[FilterSet], request: Request, queryset: Any) -> Any:
    """The queryset as the parameters of the query want it."""
    names = tuple(sorted(set(filters.base_filters) & set(request.query_params)))
    if not names:
        return queryset
    for name in names:
        if not request.query_params[name]:
            raise BadParameter(name, "required", _("A filter without a value would be no filter."))
    given: Any = _only(filters, names)(data=request.query_params, queryset=queryset, request=request)
    if not given.is_valid():
        refuse_all(
            {"code": error.code or "invalid", "detail": sentence, "parameter": name}
            for name, errors in given.errors.as_data().items()
            for error in errors
            for sentence in error.messages
        )
    return given.qs


@lru_cache(maxsize=256)
def _only(filters: type[FilterSet], names: tuple[str, ...]) -> type[FilterSet]:
    """The set with these filters alone: every request copies all that a set has, and ours have dozens."""
    few: type[FilterSet] = type(filters.__name__, (filters,), {})
    few.base_filters = OrderedDict((name, filters.base_filters[name]) for name in names)
    return few


def object_of(body: Any) -> dict[str, Any]:
    """The body as an object, or a refusal."""
    if not isinstance(body, dict):
        refuse([wrong_type("object", body, ())])
    return body  # type: ignore[no-any-return]  # the line above lets nothing else through


def only_known(body: dict[str, Any], known: Collection[str]) -> list[Fault]:
    """A fault for each name of a body that nobody would read; the count of those beyond ``MOST_FAULTS``."""
    message = _("There is no field “%(name)s”. What is your own goes into “extra”.")
    unknown = [name for name in body if name not in known]
    faults = [
        Fault(say(message, name=shown(name)), "unknown_field", (shown(name, 128),))
        for name in unknown[:MOST_FAULTS]
    ]
    return [*faults, too_many((), len(unknown) - MOST_FAULTS)] if len(unknown) > MOST_FAULTS else faults


class RecordView(ApiView):
    """The resources of one record class: lists, details, and writes by the one write path.

    A subclass declares the model, the names that a body may hold, the output and who may write, and says how
    a record is found by the keys in the path.
    """

    parser_classes = [StrictJsonParser, MergePatchParser]
    model: type[Record]
    manager: Any
    output: Combinable
    #: The columns that a body sets, by name. Relations are the subclass's business.
    columns: tuple[str, ...]
    relation_names: ClassVar[tuple[str, ...]] = ()
    create_level: ClassVar[Level] = Level.EDITOR
    change_level: ClassVar[Level] = Level.EDITOR
    delete_level: ClassVar[Level] = Level.EDITOR

    # What a subclass says

    def found(self, request: Request, **keys: str) -> models.QuerySet[Any]:
        """The record that the path names, among all of them."""
        raise NotImplementedError

    def community_of(self, record: Any) -> int:
        """The id of the community to whose staff the record belongs."""
        raise NotImplementedError

    def new(self, request: Request, **keys: str) -> Record:
        """An empty record at the place that the path names; raises 404 and 403."""
        raise NotImplementedError

    def lock_place(self, record: Record) -> None:
        """Lock where a new record is going to stand, so that nobody else creates it meanwhile."""
        raise NotImplementedError

    def relations(self, record: Any) -> dict[str, Any]:
        """What the record says of others in a body: name → key."""
        return {}

    def relate(self, record: Any, given: dict[str, Any]) -> list[Fault]:
        """Set the relations that a body gives, and say what is wrong with them."""
        return []

    def location(self, request: Request, record: Any) -> str:
        raise NotImplementedError

    def remove(self, request: Request, record: Any) -> None:
        record.delete()

    # Reading

    def retrieve(self, request: Request, **keys: str) -> HttpResponse:
        row = self.found(request, **keys).values_list("version", self.output).first()
        if row is None:
            raise not_found()
        version, text = row
        headers = {"ETag": tag(version)}
        if is_known(request, version):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(text, content_type=JSON, headers=headers)

    # Writing

    def create(self, request: Request, **keys: str) -> HttpResponse:
        record = self.new(request, **keys)
        body = object_of(request.data)
        key = body.get("key")
        record.key = (stored(key) or key) if isinstance(key, str) else ""
        with self.changing():
            self.write(record, body, None)
        return self.written(record, 201, {"Location": self.location(request, record)})

    def replace(self, request: Request, **keys: str) -> HttpResponse:
        self.new(request, **keys)  # before the body is read: whether the caller may write there at all
        body = object_of(request.data)
        for last_try in (False, True):
            try:
                with self.changing(), transaction.atomic():
                    return self._replace(request, body, keys)
            except ValidationError as error:
                # Somebody created the same record at the same moment: now there is one to replace.
                if last_try or [fault.code for fault in faults_of(error)] != ["key_taken"]:
                    raise
        raise AssertionError("the last try returns or raises")

    def _replace(self, request: Request, body: dict[str, Any], keys: dict[str, str]) -> HttpResponse:
        record = self.new(request, **keys)
        self.lock_place(record)
        stored = self.at_place(record)
        check_write(request, stored.version if stored else None)
        self.write(stored or record, body, stored)
        if stored:
            return self.written(stored, 200)
        return self.written(record, 201, {"Location": self.location(request, record)})

    def at_place(self, record: Any) -> Any:
        """The stored record at the place of an empty one."""
        return record.siblings().filter(key=record.key).first()

    def merge(self, request: Request, **keys: str) -> HttpResponse:
        record = self.writable(request, self.change_level, **keys)
        patch = object_of(request.data)
        with self.changing(), transaction.atomic():
            record = self.locked(record)
            check_write(request, record.version)
            self.write(record, merge_patch(self.said_by(record), patch), record, patch)
            return self.written(record, 200)

    def destroy(self, request: Request, **keys: str) -> HttpResponse:
        record = self.writable(request, self.delete_level, **keys)
        with self.changing(), transaction.atomic():
            record = self.locked(record)
            check_write(request, record.version)
            self.remove(request, record)
        return HttpResponse(status=204)

    def writable(self, request: Request, level: Level, **keys: str) -> Any:
        """The record that the path names: 404 unless it is seen, 403 unless it may be written."""
        record = self.found(request, **keys).first()
        if record is None:
            raise not_found()
        require(request, level, self.community_of(record))
        return record

    def locked(self, record: Any) -> Any:
        """The record as it is once nobody else writes it."""
        record.lock()
        stored = record.stored()
        if stored is None:
            raise not_found()
        return stored

    def said_by(self, record: Any) -> dict[str, Any]:
        """What a body would have to say for the record to be as it is."""
        said = {name: getattr(record, name) for name in ("key", *self.columns)}
        return {**said, **self.relations(record)}

    def write(
        self, record: Any, body: dict[str, Any], stored: Any, sent: dict[str, Any] | None = None
    ) -> None:
        """Save the record as the body states it, or raise with everything that speaks against it.

        ``sent`` is what the caller sent, where that is not the whole body.
        """
        faults = self._read(record, body, sent or body)
        if not faults:
            record.save()
            return
        told = {fault.path[:1] for fault in faults}
        own = record.faults(record.stored() if stored else None)
        refuse([*faults, *(fault for fault in own if fault.path[:1] not in told)])

    def _read(self, record: Any, body: dict[str, Any], sent: dict[str, Any]) -> list[Fault]:
        """Set what the body says; give what is wrong with the body as such."""
        faults = [*only_known(sent, self._names()), *self._moved(record, body)]
        for name in self.columns:
            column = record._meta.get_field(name)
            value = body.get(name)
            if isinstance(column, DocumentField):
                value = column.kind() if value is None else value
            elif value is None:
                value = column.get_default() if not column.null else None
            elif not isinstance(value, str):
                faults.append(wrong_type("string", value, (name,)))
                continue
            setattr(record, name, value)
        return [*faults, *self.relate(record, body)]

    def _names(self) -> set[str]:
        """What a body may hold."""
        ids = {f"{name}_id" for name in self.relation_names}
        return {"key", *self.columns, *self.relation_names, *ids, *READ_ONLY}

    def _moved(self, record: Any, body: dict[str, Any]) -> list[Fault]:
        """Where the body names another record or another community than the path."""
        faults = []
        key = body.get("key")
        if key is not None and not isinstance(key, str):
            faults.append(wrong_type("string", key, ("key",)))
        elif key and record.key and (stored(key) or key) != record.key:
            message = _("A key never changes: files and tools know the record by it.")
            faults.append(Fault(message, "key_immutable", ("key",)))
        community = body.get("community")
        if isinstance(community, str):
            community = stored(community)
        if community is not None and community != getattr(getattr(record, "community", None), "key", None):
            message = _("The body names another community than the address.")
            faults.append(Fault(message, "community_immutable", ("community",)))
        return faults

    def written(self, record: Any, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """The record as it is stored now."""
        version, text = self.manager.filter(pk=record.pk).values_list("version", self.output).get()
        headers = {"ETag": tag(version), **(headers or {})}
        return HttpResponse(text, status=status, content_type=JSON, headers=headers)

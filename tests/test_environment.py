"""The readers of environment variables: what they accept, and the one sentence for what they do not."""

import os
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from recportal import environment
from recportal.environment import ConfigurationError

pytestmark = pytest.mark.once  # no database

NAME = "RECPORTAL_TEST_VARIABLE"
Set = Callable[..., None]

READERS: list[Callable[[], Any]] = [
    lambda: environment.text(NAME),
    lambda: environment.flag(NAME),
    lambda: environment.integer(NAME, 7),
    lambda: environment.items(NAME),
    lambda: environment.folder(NAME, Path("/var/lib")),
    lambda: environment.secret(NAME),
    lambda: environment.database(NAME, "sqlite:///default.sqlite3"),
    lambda: environment.mail(NAME),
    lambda: environment.tiles(NAME, "NO_SUCH_VARIABLE"),
]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets the variable, or its `_FILE` form."""

    def give(value: str | None = None, *, file: Path | str | None = None) -> None:
        for name, content in ((NAME, value), (f"{NAME}_FILE", file)):
            if content is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, str(content))

    give()
    return give


def sentence(read: Callable[[], Any]) -> str:
    """What a reader says when it refuses: one sentence that names the variable."""
    with pytest.raises(ConfigurationError) as refusal:
        read()
    text = str(refusal.value)
    assert NAME in text
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_absent_variables_have_their_defaults(given: Set) -> None:
    assert environment.text(NAME, "x") == "x"
    assert environment.flag(NAME) is False
    assert environment.flag(NAME, default=True) is True
    assert environment.integer(NAME, 7) == 7
    assert environment.items(NAME, ["a"]) == ["a"]
    assert environment.mail(NAME) == {}
    assert environment.database(NAME, "sqlite:///a.sqlite3")["NAME"] == "a.sqlite3"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_variable_is_absent(given: Set, blank: str) -> None:
    given(blank)
    assert environment.integer(NAME, 7) == 7
    assert environment.flag(NAME, default=True) is True


def test_text(given: Set) -> None:
    given(" città ")
    assert environment.text(NAME) == "città"


@pytest.mark.parametrize("value", ["1", "true", "True", "YES", "on"])
def test_a_flag_is_on(given: Set, value: str) -> None:
    given(value)
    assert environment.flag(NAME) is True


@pytest.mark.parametrize("value", ["0", "false", "No", "OFF"])
def test_a_flag_is_off(given: Set, value: str) -> None:
    given(value)
    assert environment.flag(NAME, default=True) is False


@pytest.mark.parametrize("value", ["2", "ja", "tru", "true false", "10"])
def test_a_flag_that_is_neither_is_refused(given: Set, value: str) -> None:
    given(value)
    assert "true" in sentence(lambda: environment.flag(NAME))


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("10", 10), ("007", 7)])
def test_an_integer(given: Set, value: str, number: int) -> None:
    given(value)
    assert environment.integer(NAME, 1, maximum=10) == number


def test_a_negative_integer_where_one_is_allowed(given: Set) -> None:
    given("-3")
    assert environment.integer(NAME, 1, minimum=-5) == -3


@pytest.mark.parametrize("value", ["-1", "11", "1.0", "1e1", "+1", "1_0", "--1", "-", "ten", "٣", "9" * 5000])
def test_an_integer_that_is_none_or_out_of_bounds_is_refused(given: Set, value: str) -> None:
    given(value)
    assert "from 0 to 10" in sentence(lambda: environment.integer(NAME, 1, maximum=10))


@pytest.mark.parametrize(("value", "parts"), [("a", ["a"]), (" a , b,,c, ", ["a", "b", "c"]), (",", [])])
def test_items(given: Set, value: str, parts: list[str]) -> None:
    given(value)
    assert environment.items(NAME, ["default"]) == parts


def test_a_missing_secret_is_refused(given: Set) -> None:
    assert "is not set" in sentence(lambda: environment.secret(NAME))


def test_a_missing_secret_is_made_where_that_is_allowed(given: Set) -> None:
    assert environment.secret(NAME, missing=lambda: "made") == "made"
    given("given")
    assert environment.secret(NAME, missing=lambda: "made") == "given"


# NAME_FILE


def test_every_reader_reads_the_file(given: Set, tmp_path: Path) -> None:
    file = tmp_path / "value"
    given(file=file)
    file.write_text("1\n")
    assert environment.text(NAME) == "1"
    assert environment.flag(NAME) is True
    assert environment.integer(NAME, 7) == 1
    assert environment.items(NAME) == ["1"]
    assert environment.secret(NAME) == "1"
    file.write_text("postgres://u:p@db/recportal\n")
    assert environment.database(NAME, "")["HOST"] == "db"
    file.write_text("smtp://mail.example\n")
    assert environment.mail(NAME)["EMAIL_HOST"] == "mail.example"


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_cannot_be_read_is_refused(given: Set, tmp_path: Path, read: Callable[[], Any]) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe\xff")
    for file, said in (
        (tmp_path / "missing", "No such file"),
        (tmp_path, "directory"),
        (empty, "empty file"),
        (binary, "not UTF-8"),
    ):
        given(file=file)
        assert said in sentence(read)


@pytest.mark.parametrize("read", READERS)
def test_both_forms_at_once_are_refused(given: Set, tmp_path: Path, read: Callable[[], Any]) -> None:
    (tmp_path / "value").write_text("1")
    given("1", file=tmp_path / "value")
    assert "both set" in sentence(read)


# URLs


def test_a_postgres_url(given: Set) -> None:
    given("postgres://rec:p%40ss@db.example:6432/register?sslmode=require")
    database = environment.database(NAME, "")
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("rec", "p@ss")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 6432, "register")
    assert database["OPTIONS"] == {"sslmode": "require"}


def test_a_sqlite_url(given: Set) -> None:
    given("sqlite:////srv/a%20b/register.sqlite3")
    assert environment.database(NAME, "")["NAME"] == "/srv/a b/register.sqlite3"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:s3cret@db/x", "must start with"),
        ("s3cret", "must start with"),
        ("postgres://u:s3cret@db:port/x", "not a valid URL"),
        ("postgres://u:s3cret@[db/x", "not a valid URL"),
        ("postgres://u:s3cret@db", "names no database"),
        ("postgres://u:s3cret@db/", "names no database"),
    ],
)
def test_other_database_urls_are_refused_without_repeating_them(given: Set, url: str, said: str) -> None:
    given(url)
    text = sentence(lambda: environment.database(NAME, ""))
    assert said in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://mail.example", 587, True, False),
        ("smtps://mail.example/", 465, False, True),
        ("smtps://mail.example:2465", 2465, False, True),
    ],
)
def test_a_mail_url(given: Set, url: str, port: int, *, starttls: bool, tls: bool) -> None:
    given(url)
    mail = environment.mail(NAME)
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == ("mail.example", port)
    assert (mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (starttls, tls)


def test_a_mail_url_with_an_account(given: Set) -> None:
    given("smtp+tls://post%40rec.example:p%2Fw@mail.example")
    mail = environment.mail(NAME)
    assert (mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"]) == ("post@rec.example", "p/w")


def test_mail_to_the_terminal(given: Set) -> None:
    given("console:")
    assert environment.mail(NAME) == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("imap://u:s3cret@mail.example", "must start with"),
        ("mail.example", "must start with"),
        ("smtp://", "names no host"),
        ("smtp://u:s3cret@mail.example:x", "not a valid URL"),
        ("smtp://u:s3cret@mail.example/path", "after the host"),
        ("smtp://u:s3cret@mail.example?tls=1", "after the host"),
    ],
)
def test_other_mail_urls_are_refused_without_repeating_them(given: Set, url: str, said: str) -> None:
    given(url)
    text = sentence(lambda: environment.mail(NAME))
    assert said in text
    assert "s3cret" not in text


def test_a_folder_is_an_absolute_path(given: Set) -> None:
    assert environment.folder(NAME, Path("/default")) == Path("/default")
    given("/var/lib/recportal")
    assert environment.folder(NAME, Path("/default")) == Path("/var/lib/recportal")
    given("var")
    assert "absolute path" in sentence(lambda: environment.folder(NAME, Path("/default")))


# The secret that a development start makes


def test_a_kept_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    numbers = count()
    assert environment.kept_secret(path, lambda: f"made {next(numbers)}") == "made 0"
    assert environment.kept_secret(path, lambda: f"made {next(numbers)}") == "made 0"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret"]


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    children = []
    for number in range(8):
        reading, writing = os.pipe()
        if not (child := os.fork()):
            os.write(writing, environment.kept_secret(path, f"made by {number}".__str__).encode())
            os._exit(0)
        os.close(writing)
        children.append((child, reading))
    said = set()
    for child, reading in children:
        with os.fdopen(reading, "rb") as pipe:
            said.add(pipe.read().decode())
        assert os.waitpid(child, 0)[1] == 0
    assert said == {path.read_text()}


def test_a_secret_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used to keep a secret"):
        environment.kept_secret(tmp_path / "file" / "secret", lambda: "made")
    with pytest.raises(ConfigurationError, match="is empty"):
        environment.kept_secret(tmp_path / "file", lambda: "made")


def test_tiles_are_an_address_with_places(given: Set) -> None:
    assert environment.tiles(NAME, "NO_SUCH_VARIABLE") is None
    given("https://tiles.example.org:8080/a/{z}/{x}/{y}.png?key=1")
    tiles = environment.tiles(NAME, "NO_SUCH_VARIABLE")
    assert tiles
    assert (tiles.origin, tiles.attribution) == ("https://tiles.example.org:8080", "")


@pytest.mark.parametrize(
    "url",
    [
        "tiles",
        "ftp://tiles.example.org/{z}/{x}/{y}",
        "https://tiles.example.org/{z}/{x}",
        "https://{z}.example.org/{z}/{x}/{y}",
        "https://user:password@tiles.example.org/{z}/{x}/{y}",
        "https://tiles.example.org; script-src */{z}/{x}/{y}",
        "https://[/{z}/{x}/{y}",
    ],
)
def test_other_tiles_are_refused(given: Set, url: str) -> None:
    given(url)
    assert "https:// address" in sentence(lambda: environment.tiles(NAME, "NO_SUCH_VARIABLE"))

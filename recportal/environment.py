"""Typed readers of environment variables.

Every variable can be given as `NAME` or, for secrets kept in files, as `NAME_FILE` with the path of a
file that holds the value. A variable that is not set, or is blank, is absent and the default holds. A value
that cannot be read raises `ConfigurationError` with one sentence that names the variable and says what
is wrong, and never quotes the value: it may be a secret.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypedDict
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from dj_database_url import DBConfig
from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


class ConfigurationError(ImproperlyConfigured):
    """A variable of the environment that cannot be read; its text is one sentence for the operator."""


class Mail(TypedDict, total=False):
    """Django's mail settings, as an `EMAIL_URL` states them."""

    EMAIL_BACKEND: str
    EMAIL_HOST: str
    EMAIL_PORT: int
    EMAIL_HOST_USER: str
    EMAIL_HOST_PASSWORD: str
    EMAIL_USE_TLS: bool
    EMAIL_USE_SSL: bool


class IdentityProvider(NamedTuple):
    """An OpenID Connect provider: what the installation knows of it, and which of its claims mean what."""

    issuer: str
    client_id: str
    client_secret: str
    #: What the link to it says.
    name: str
    #: The claim that becomes the name of a new account.
    username_claim: str
    #: The claim that stands in the ``user_id`` of members.
    member_claim: str


class Tiles(NamedTuple):
    """A server of map tiles: the address of a tile with ``{z}``, ``{x}`` and ``{y}``, and whom to thank."""

    url: str
    attribution: str

    @property
    def origin(self) -> str:
        """What the content security policy has to let in."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def _read(name: str) -> str | None:
    """The value of the variable without surrounding blanks, or None when it is absent or blank."""
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if not file:
        return value or None
    if value:
        raise ConfigurationError(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        content = Path(file).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{name}_FILE names a file that is not UTF-8 text.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not usable"
        raise ConfigurationError(f"{name}_FILE names a file that cannot be read: {reason}.") from None
    if not content:
        raise ConfigurationError(f"{name}_FILE names an empty file.")
    return content


def text(name: str, default: str = "") -> str:
    """The value as it is."""
    value = _read(name)
    return default if value is None else value


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off; in any case of letters."""
    value = _read(name)
    if value is None:
        return default
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise ConfigurationError(f"{name} must be one of 1, true, yes, on, 0, false, no, off.")


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """A whole number in ASCII digits between the bounds, both included."""
    value = _read(name)
    if value is None:
        return default
    digits = value.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 19 and minimum <= int(value) <= maximum:
        return int(value)
    raise ConfigurationError(f"{name} must be a whole number from {minimum} to {maximum}.")


def web_threads() -> int:
    """Threads of each process of the server. Half of them may wait for locks, so that one is not enough."""
    return integer("WEB_THREADS", 4, minimum=2, maximum=64)


def items(name: str, default: Iterable[str] = ()) -> list[str]:
    """The comma-separated parts, without blanks around them; empty parts are dropped."""
    value = _read(name)
    if value is None:
        return list(default)
    return [part for part in (piece.strip() for piece in value.split(",")) if part]


def folder(name: str, default: Path) -> Path:
    """A folder by its absolute path. It need not exist yet."""
    value = _read(name)
    if value is None:
        return default
    if not Path(value).is_absolute():
        raise ConfigurationError(f"{name} must be the absolute path of a folder.")
    return Path(value)


def secret(name: str, missing: Callable[[], str] | None = None) -> str:
    """A value that must be there; `missing` makes one where the deployment allows that, else it raises."""
    value = _read(name)
    if value is not None:
        return value
    if missing is None:
        raise ConfigurationError(f"{name} is not set: give it, or {name}_FILE with the path of a file.")
    return missing()


def database(name: str, default: str) -> DBConfig:
    """Django's database settings from a URL: `sqlite:///<path>` or `postgres://user:password@host:port/name`."""
    url = text(name, default)
    scheme = url.partition(":")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ConfigurationError(f"{name} must start with sqlite:// or postgres://.")
    try:
        config = dj_database_url.parse(url)
    except ValueError:
        raise ConfigurationError(
            f"{name} is not a valid URL, perhaps because a part of it is not percent-encoded."
        ) from None
    if not config["NAME"]:
        raise ConfigurationError(f"{name} names no database.")
    return config


def mail(name: str) -> Mail:
    """Django's mail settings from a URL; empty when the variable is absent.

    `smtp://` is plain, `smtp+tls://` upgrades with STARTTLS, `smtps://` is TLS from the start, each as
    `scheme://user:password@host:port`; `console:` writes mail to the terminal.
    """
    url = _read(name)
    if url is None:
        return {}
    if url.rstrip("/") == "console:":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        parts: SplitResult = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(
            f"{name} is not a valid URL, perhaps because a part of it is not percent-encoded."
        ) from None
    if parts.scheme not in ports:
        raise ConfigurationError(f"{name} must start with smtp://, smtp+tls://, smtps:// or console:.")
    if not host:
        raise ConfigurationError(f"{name} names no host.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} has text after the host and port.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def tiles(name: str, attribution: str) -> Tiles | None:
    """The tile server of the variable ``name``, with the text of the other one; None where there is none."""
    url = _read(name)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        sound = sound and not any(letter in parts.netloc for letter in "{};, '\"*")
    except ValueError:
        sound = False
    if not sound or not all(place in url for place in ("{z}", "{x}", "{y}")):
        raise ConfigurationError(
            f"{name} must be an https:// address with {{z}}, {{x}} and {{y}} in its path."
        )
    return Tiles(url, text(attribution))


def identity_provider() -> IdentityProvider | None:
    """The provider of the variables ``OIDC_…``; None where ``OIDC_ISSUER`` is not set.

    ``OIDC_MEMBER_CLAIM`` is ``sub`` unless said otherwise: the one claim that a person can never choose.
    """
    issuer = text("OIDC_ISSUER").rstrip("/")
    if not issuer:
        for name in ("OIDC_CLIENT_ID", "OIDC_ONLY"):
            if _read(name):
                raise ConfigurationError(f"{name} is set, but OIDC_ISSUER is not.")
        return None
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise ConfigurationError("OIDC_ISSUER must be the https:// address of the provider.")
    return IdentityProvider(
        issuer,
        secret("OIDC_CLIENT_ID"),
        text("OIDC_CLIENT_SECRET"),
        text("OIDC_NAME", host),
        text("OIDC_USERNAME_CLAIM", "preferred_username"),
        text("OIDC_MEMBER_CLAIM", "sub"),
    )


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret kept in the file, made on the first call; the file is for its owner only.

    Two processes that start together agree on one secret: the file appears whole or not at all, and the
    one that comes second reads what the first one wrote.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
            draft.unlink(missing_ok=True)
            with open(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(make())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(f"{path} cannot be used to keep a secret: {reason}.") from None
    if not value:
        raise ConfigurationError(f"{path} is empty: remove it, and the next start makes a new secret.")
    return value

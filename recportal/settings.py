"""The one settings file. What differs between deployments is read from the environment (README)."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from recportal import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent
# What a running installation writes: the embedded database and the development key. A real installation keeps
# it away from the program, which its account cannot change.
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / "var")

# Off unless asked for, so that a forgotten variable never opens a production site; `make run` asks for it.
DEBUG = environment.flag("DEBUG")

SECRET_KEY = environment.secret(
    "SECRET_KEY",
    missing=(lambda: environment.kept_secret(DATA_DIR / "secret-key", get_random_secret_key))
    if DEBUG
    else None,
)
SECRET_KEY_FALLBACKS = environment.items("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.items("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    # Above the admin, so that their templates win.
    "recportal.staff",
    "recportal.accounts",
    "recportal.jobs",
    "recportal.mail",
    "recportal.records",
    "recportal.once",
    "recportal.bundles",
    "recportal.api",
    "recportal.pages",
    "recportal.desk",
    "communities",
    "members",
    "assets",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "recportal.logs.RequestLogMiddleware",
    "recportal.health.ProbeMiddleware",
    "recportal.records.middleware.BusyDatabaseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Before anything looks a path up on the disk, or a cookie up in the database.
    "recportal.records.middleware.HostileTextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the CSRF check, which is the first to read a body.
    "recportal.records.middleware.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "communities.zones.PageZoneMiddleware",
]

ROOT_URLCONF = "recportal.urls"
WSGI_APPLICATION = "recportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# Databases

# How long a statement waits for a lock. Imports and commands are patient (`recportal.records.waiting`), and
# no more than half of the threads of a server's process wait at one time.
LOCK_SECONDS = 3
PATIENT_LOCK_SECONDS = 30
WEB_THREADS = environment.web_threads()


def _databases() -> dict[str, Any]:
    """The one database, with the options that each engine needs for the same guarantees."""
    config: dict[str, Any] = {
        **environment.database("DATABASE_URL", "sqlite:///" + quote(str(DATA_DIR / "recportal.sqlite3")))
    }
    options: dict[str, Any] = config.setdefault("OPTIONS", {})
    # Reads open no transaction: with one around every request they would wait for a running import on SQLite.
    config["ATOMIC_REQUESTS"] = False
    if config["ENGINE"] == "django.db.backends.sqlite3":
        DATA_DIR.mkdir(exist_ok=True)
        options.setdefault("timeout", LOCK_SECONDS)
        # A transaction that reads first and writes later fails on SQLite instead of waiting for its lock, so
        # all begin as writers.
        options["transaction_mode"] = "IMMEDIATE"
        options["init_command"] = (
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=FULL;"
            "PRAGMA foreign_keys=ON;"
            # KiB when negative: an import touches more pages than the 2 MB that SQLite keeps by default.
            "PRAGMA cache_size=-65536;"
            # Bytes: gives the space of a large import back.
            "PRAGMA journal_size_limit=67108864;"
        )
    else:
        config["CONN_MAX_AGE"] = 60  # seconds
        config["CONN_HEALTH_CHECKS"] = True
        options["options"] = (
            f"{options.get('options', '')} -c lock_timeout={LOCK_SECONDS}s -c timezone=UTC".strip()
        )
        options.setdefault("connect_timeout", 5)  # seconds
    return {"default": config}


DATABASES = _databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# People

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["recportal.accounts.backends.Backend"]
SESSION_SERIALIZER = "recportal.sessions.EncryptedSerializer"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# How many addresses at the end of X-Forwarded-For are true: the trusted proxy's own one, or none.
TRUSTED_PROXY = environment.flag("TRUSTED_PROXY")
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUSTED_PROXY else 0

# Accounts come from an invitation, a superuser or the provider: nobody signs up.
ACCOUNT_ADAPTER = "recportal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "request_login_code": "recportal.accounts.addresses.CodeForm",
    "reset_password": "recportal.accounts.addresses.ResetForm",
    "change_password": "recportal.accounts.forms.PasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    # Mails with codes and links, to one address and from one network. Beyond, the page says the same.
    "mail_network": "20/h/key",
    "mail": "3/h/key",
    "reset_password": "20/m/ip",
    "request_login_code": "",
    # Wrong passwords; ``recportal.accounts.limits`` says which are counted when, and decision 0019 why. Codes
    # by e-mail work all the same, so nobody is locked out by what others try.
    "password_known_browser": "5/5m/key,50/d/key",
    "password_name_and_network": "5/5m/key",
    "password_network": "10/m/key,100/h/key",
    "password_name": "30/h/key",
    # Second factors and their recovery codes: who guesses these knows the password.
    "login_failed": "5/5m/key,50/d/key",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address counts once it is proved; signing in never waits for it
ACCOUNT_CHANGE_EMAIL = True
# Each request for a code or a link writes one mail, so that the answer does not tell who has an account …
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
# … within the limits above.
# Django's: allauth's own writes, and the reset of a known address would be told by its statements.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  # a class
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60  # seconds: mail on a phone in the valley takes its time
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"

MFA_ADAPTER = "recportal.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "recportal"
# A factor on an unproved address locks out whoever owns it, where anybody may sign up. Here nobody does.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# An OpenID Connect provider, where there is one. Its accounts are bound to (issuer, subject).
OIDC = environment.identity_provider()
SOCIALACCOUNT_ADAPTER = "recportal.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_ONLY = OIDC is not None and environment.flag("OIDC_ONLY")
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# Signing in starts with a plain link: for a form, the content security policy would have to name every
# address that a provider forwards to. The state is bound to the session all the same, and nothing is ever
# connected.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "recportal.accounts.provider.Provider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "provider",
                "name": OIDC.name,
                "client_id": OIDC.client_id,
                "secret": OIDC.client_secret,
                "settings": {"server_url": OIDC.issuer, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC
        else [],
    }
}


# The cache: what all workers count together, such as failed attempts to sign in

CACHES = {
    "default": {
        "BACKEND": "recportal.records.cache.SharedCache",
        "LOCATION": "shared_cache",  # made by `migrate`
        "KEY_FUNCTION": "recportal.records.cache.plain_key",
        # Django's 300 would forget one attacker's attempts for another's.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}


# Language and time

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "recportal.formats"
LANGUAGES = [("en", _("English")), ("it", _("Italian"))]
# The texts of the schemas have a catalog of their own: makemessages looks into no JSON, and would drop them.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "schemas"]


# Files

STATIC_URL = "static/"
# Part of the release, as the program is: each release has its own.
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Bytes. BodyLimitMiddleware holds each route to its own limit.
BODY_LIMIT = 2**20
BODY_LIMITS = {
    "api:bundles": 64 * 2**20,
    "admin:import": 65 * 2**20,  # a bundle, and the rest of its form
    "api:communities": 16 * 2**20,
    "api:community": 16 * 2**20,
    "admin:communities_community_add": 16 * 2**20,
    "admin:communities_community_change": 16 * 2**20,
    "admin:communities_community_area_add": 16 * 2**20,
    "admin:communities_community_area_change": 16 * 2**20,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = max(BODY_LIMITS.values())


# Mail: what the worker (`manage.py work`) sends it with

EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if DEBUG
    else "django.core.mail.backends.smtp.EmailBackend"
)
globals().update(environment.mail("EMAIL_URL"))
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "recportal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL


# The browser's protections

# Only with a proxy of one's own in front, which sets these headers itself: a visitor could send them too.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY else None

SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# HSTS for subdomains and the preload list bind the operator's whole domain, which is not ours to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# A server of map tiles, where there is one: the only other host that a page may load anything from.
TILES = environment.tiles("TILE_URL", "TILE_ATTRIBUTION")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        **({"img-src": [SELF, TILES.origin]} if TILES else {}),
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}


# REST

# How often an account may call in a minute; 0: as often as it likes.
API_RATE = environment.integer("API_RATE", 0)
REST_FRAMEWORK = {
    # The session is the browser's, for the pages that describe the API; tools send tokens.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "recportal.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    # A view that says nothing about permissions is closed.
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "recportal.api.authentication.TokenAllows",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["recportal.api.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["recportal.api.renderers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["recportal.api.parsers.StrictJsonParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "recportal.api.openapi.OperationSchema",
    "EXCEPTION_HANDLER": "recportal.api.errors.handle",
    # `format` names the dialect of an export; media types are negotiated by `Accept`.
    "URL_FORMAT_OVERRIDE": None,
    # How many addresses at the end of X-Forwarded-For are true: the trusted proxy's own one, or none.
    "NUM_PROXIES": 1 if TRUSTED_PROXY else 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "recportal",
    "DESCRIPTION": "The register of Renewable Energy Communities: members, delivery points, energy assets.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["recportal.api.openapi.complete"],
}


# Logs go to the standard error stream; outside of development as JSON, and without anybody's data.
LOGGING = logs.configuration(debug=DEBUG)

"""Settings of the office, from the environment and its home directory.

Importing this file writes nothing: ``site.home.prepare`` makes a home (directories, secret key), and the commands
call it before Django starts. What belongs to a county (names, issuing body, targets) is data in ``places.County``.
"""

import json
import os
import secrets
from pathlib import Path

from csp.constants import NONE, SELF

from qingxi_office.site import databases
from qingxi_office.site.outer_settings import outer_settings, provider_settings

HOME = Path(os.environ.get("QINGXI_HOME", "var/office")).resolve()


def _home_settings() -> dict[str, object]:
    """office.json of the home: practice day, demo flag; empty when the home has none."""
    path = HOME / "office.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _secret_key() -> str:
    """The home's key; a home not yet prepared gets a passing one, so that nothing signed outlives the process."""
    path = HOME / "secret.key"
    return path.read_text(encoding="ascii").strip() if path.is_file() else secrets.token_urlsafe(48)


_office = _home_settings()
SECRET_KEY = _secret_key()
DEBUG = os.environ.get("QINGXI_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("QINGXI_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("QINGXI_ORIGINS", "").split(",") if o]
# Where people reach the office, as it stands in messages that go out: https://qingxi.example.gov.cn
QINGXI_URL = os.environ.get("QINGXI_URL", "").rstrip("/")
# Where the static public pages are written; empty: static-door in the home.
QINGXI_DOOR = os.environ.get("QINGXI_DOOR", "")
# A virus scanner for what is handed in: host:port, or the path of clamd's socket; empty: none.
QINGXI_CLAMD = os.environ.get("QINGXI_CLAMD", "")
BEHIND_TLS = os.environ.get("QINGXI_TLS") == "1"
# nginx tells the scheme; gunicorn takes such words from this machine only.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None

# A county may stand still on one day for training; every page says so (演练日期).
QINGXI_PRACTICE_DAY: str | None = _office.get("practice_day") or None  # type: ignore[assignment]
# Only a home made by ``qingxi demo`` carries this; the sign-in page then prints the demo accounts.
QINGXI_DEMO: bool = bool(_office.get("demo", False))

_ROOMS = [
    "design", "trail", "notices", "rounds", "jobs", "attachments", "keepings", "places", "people", "access", "approvals", "intake", "published", "villages", "facilities",
    "readings", "patrols", "plans", "programmes", "funds", "projects", "findings", "samples", "issues", "meetings", "coordination", "indicators", "morning",
    "returns", "appraisals", "bulletins", "public", "opendata", "site",
]  # fmt: skip
_office_root = Path(__file__).parent.parent
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *[f"qingxi_office.{room}" for room in _ROOMS if (_office_root / room / "__init__.py").is_file()],
]

MIDDLEWARE = [
    "qingxi_office.site.proxy.Proxy",
    "qingxi_office.site.nul.NoNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qingxi_office.places.once.CountyOnce",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "qingxi_office.access.middleware.Standing",
    "qingxi_office.site.gate.Gate",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "qingxi_office.site.urls"
WSGI_APPLICATION = "qingxi_office.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "qingxi_office.site.context.office",
                "qingxi_office.site.pages.shell.shell",
                "qingxi_office.design.context.look",
                "qingxi_office.public.context.door",
            ],
        },
    }
]

# One setting moves the books to PostgreSQL: the environment's, or "database" in office.json.
QINGXI_DATABASE: str | None = os.environ.get("QINGXI_DATABASE") or _office.get("database") or None  # type: ignore[assignment]
DATABASES = {
    "default": databases.chosen(
        QINGXI_DATABASE, HOME / "office.sqlite3", float(os.environ.get("QINGXI_WAIT_S", databases.WAIT_S))
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Where devices' readings lie: a file of the home, or postgresql://… ("store" in office.json). Their history is a folder.
QINGXI_STORE: Path | str = databases.store(
    os.environ.get("QINGXI_STORE") or str(_office.get("store") or ""), HOME / "store.sqlite3"
)
os.environ.setdefault("QINGXI_HISTORY", str(HOME / "store.history"))  # of a store in PostgreSQL
# Where a fleet's readings are computed: empty for DuckDB in this process, or a Spark master (spark://host:7077).
QINGXI_ENGINE: str = os.environ.get("QINGXI_ENGINE") or str(_office.get("engine") or "")

# Tests hold every kept SQL text against a fresh one (``asking``).
QINGXI_CHECK_QUESTIONS = os.environ.get("QINGXI_CHECK_QUESTIONS") == "1"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "qingxi_office.people.backends.OfficeBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# allauth brings the second factor (TOTP, recovery codes) and the county's own sign-in (OIDC); its pages have no address
# here, the office's stand in their place. People have no e-mail.
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_TOTP_ISSUER = "清溪"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SOCIALACCOUNT_ADAPTER = "qingxi_office.site.outer.Adapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 8
QINGXI_OIDC: dict[str, str] = outer_settings(_office.get("oidc"))
SOCIALACCOUNT_PROVIDERS = provider_settings(QINGXI_OIDC)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [_office_root / "design" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
# The package's own files are served as they lie; an installation may collect them and set this to 0.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HOME / "media"
MEDIA_URL = "/files/"  # never served as a directory: every file goes through its app's own right
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

SESSION_ENGINE = "qingxi_office.access.store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],  # MapLibre's worker
        "object-src": [NONE],
        "base-uri": [SELF],
        # The sign-in form leads on to the county's own sign-in, where it has one.
        "form-action": [SELF, *([QINGXI_OIDC["origin"]] if QINGXI_OIDC else [])],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "axes": {"handlers": ["console"], "level": "WARNING"},
        # Without DEBUG Django mails server errors to nobody; the console is where a county looks.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}

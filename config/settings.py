"""Every setting of Attune on one page; values come from the environment alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env
from lib.cluster import min_retry

BASE_DIR = Path(__file__).resolve().parent.parent
try:
    ENV = env.from_process(BASE_DIR)
except env.BadEnvironment as error:
    raise ImproperlyConfigured(str(error)) from None

IS_PRODUCTION = ENV["ENV"] == "production"
IS_TEST = ENV["ENV"] == "test"
DEBUG: bool = ENV["DEBUG"]
SECRET_KEY: str = ENV["SECRET_KEY"]
SECRET_KEY_FALLBACKS: list[str] = ENV["SECRET_KEY_FALLBACKS"]
AUDIT_KEY: str = ENV["AUDIT_KEY"]
# What must be readable again is sealed with these; a development place needs none of its own.
FIELD_KEYS: list[str] = ENV["FIELD_KEYS"] or [SECRET_KEY]
WEBHOOK_NETWORKS: list[str] = ENV["WEBHOOK_NETWORKS"]
TRUSTED_PROXIES: list[str] = ENV["TRUSTED_PROXIES"]
BASE_URL: str = ENV["BASE_URL"] or "http://127.0.0.1:8000"
ALLOWED_HOSTS: list[str] = ENV["ALLOWED_HOSTS"] or ["127.0.0.1", "localhost", "testserver"]
SCORM_CONTENT_ORIGIN: str = ENV["SCORM_CONTENT_ORIGIN"]
if SCORM_CONTENT_ORIGIN:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, str(urlsplit(SCORM_CONTENT_ORIGIN).hostname)]
DATA_DIR = BASE_DIR / ENV["DATA_DIR"]
DATA_DIR.mkdir(parents=True, exist_ok=True)
BACKUP_DIR: str = ENV["BACKUP_DIR"] or str(DATA_DIR / "backups")
TOMBSTONE_FILE: str = ENV["TOMBSTONE_FILE"]
AUDIT_ANCHOR: str = ENV["AUDIT_ANCHOR"]

# --- Apps and middleware -----------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "reports",
    "training",
    "quality",
    "feedback",
    "crm",
    "routing",
    "accounts",
    "ops",
    "lib",
    "config.apps.AttuneAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "django_q",
    "simple_history",
    "import_export",
    "csp",
    "template_partials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lib.headers.HeadersMiddleware",
    "training.content_origin.ContentOriginMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lib.request_context.RequestContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.SessionLimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.gate.GateMiddleware",
    "config.spoken_pages.SpokenPagesMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "ops.form_keys.FormKeyMiddleware",
    "lib.transactions.RepeatMiddleware",
]
if ENV["REPLICA_URL"]:
    MIDDLEWARE.append("reports.replica.ReplicaMiddleware")
FORM_RENDERER = "config.renderer.LookRenderer"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.chrome",
            ],
            # Every template draws icons and says words; a load line in each would be noise.
            "builtins": ["lib.templatetags.look", "django.templatetags.i18n"],
        },
    },
]

# --- Database ----------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {"default": ENV["DATABASE"]}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    IS_POOLED: bool = ENV["DATABASE_POOL"]
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 0 if IS_POOLED else 60,
        "CONN_HEALTH_CHECKS": True,
    }
    DATABASES["default"]["OPTIONS"] |= {
        **({"pool": True} if IS_POOLED else {}),
        "connect_timeout": 5,
        # A host that has gone without a word is noticed after about ten seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        # Compiling a page's query (jit) takes many times as long as running it.
        "options": "-c jit=off -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
    }
if ENV["REPLICA_URL"]:
    own = DATABASES["default"]
    DATABASES["replica"] = own | ENV["REPLICA_URL"] | {"TEST": {"MIRROR": "default"}}
    DATABASES["replica"]["OPTIONS"] = own["OPTIONS"] | ENV["REPLICA_URL"]["OPTIONS"]
    DATABASES["replica"]["OPTIONS"] |= {"connect_timeout": 2}
    DATABASE_ROUTERS = ["reports.replica.ReportsRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People and sign-in ------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PermissionFileBackend"]
PASSWORD_HASHERS = ["accounts.passwords.AttuneArgon2Hasher"]
if IS_TEST:
    # Hashing is meant to be slow; hundreds of tests sign somebody in.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUpAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.RequestResetForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = False  # Ours are accounts/guessing.py, in the database that all hosts share.
ACCOUNT_EMAIL_NOTIFICATIONS = False  # Ours are accounts/letters.py.
MFA_ROLES: list[str] = ENV["MFA_ROLES"]
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.factors.CodeForm",
    "reauthenticate": "accounts.factors.CodeAgainForm",
    "add_webauthn": "accounts.factors.PasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
OIDC_ISSUER: str = ENV["OIDC_ISSUER"]
OIDC_NAME: str = ENV["OIDC_NAME"]
OIDC_CLIENT_ID: str = ENV["OIDC_CLIENT_ID"]
OIDC_CLIENT_SECRET: str = ENV["OIDC_CLIENT_SECRET"]
OIDC_DOMAINS: list[str] = [domain.lower() for domain in ENV["OIDC_DOMAINS"]]
OIDC_ENFORCES_MFA: bool = ENV["OIDC_ENFORCES_MFA"]
OIDC_NETWORKS: list[str] = ENV["OIDC_NETWORKS"]
SESSION_IDLE_SECONDS: int = ENV["SESSION_IDLE_SECONDS"]
SESSION_COOKIE_AGE = ENV["SESSION_MAX_SECONDS"]

# --- Security headers --------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "report-uri": ["/csp-report/"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if IS_PRODUCTION:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [
        "^healthz$",
        "^readyz$",
        "^metrics$",
    ]  # Asked from inside, without the proxy.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True

# --- Language, time, files ---------------------------------------------------------------------
LANGUAGE_CODE = ENV["LANGUAGE"]
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = ENV["TIME_ZONE"]
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
PHONE_REGION = ENV["PHONE_REGION"]
CASE_REOPEN_DAYS: int = ENV["CASE_REOPEN_DAYS"]
SAMPLE_MIN_TALK_SECONDS: int = ENV["SAMPLE_MIN_TALK_SECONDS"]
SAMPLE_MIN_CUSTOMER_TURNS: int = ENV["SAMPLE_MIN_CUSTOMER_TURNS"]
QUALITY_PUBLIC_SCORING: bool = ENV["QUALITY_PUBLIC_SCORING"]
SURVEY_BASE_URL: str = ENV["SURVEY_BASE_URL"] or BASE_URL
SURVEY_STAFF_NETWORKS: list[str] = ENV["SURVEY_STAFF_NETWORKS"]
SURVEY_NETWORK_FILE: str = ENV["SURVEY_NETWORK_FILE"]
SURVEY_ELIGIBLE_PERCENT: int = ENV["SURVEY_ELIGIBLE_PERCENT"]
FEEDBACK_SMS_BACKEND: str = ENV["FEEDBACK_SMS_BACKEND"]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
ACCEL_PREFIX: str = ENV["ACCEL_PREFIX"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not IS_PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Jobs, API, mail, logs ---------------------------------------------------------------------
METRICS_TOKEN: str = ENV["METRICS_TOKEN"]
# The rules behind these values stand in ops/cluster_rules.py, and a broken one stops the start.
Q_CLUSTER: dict[str, Any] = {
    "name": "default",
    "orm": "default",
    "scheduler": False,
    "workers": ENV["JOB_WORKERS"],
    "timeout": ENV["JOB_TIMEOUT"],
    "queue_limit": ENV["JOB_WORKERS"],
    "retry": max(200, min_retry(ENV["JOB_WORKERS"], ENV["JOB_WORKERS"], ENV["JOB_TIMEOUT"])),
    "bulk": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 50,
    "max_rss": 600_000,  # kB; a larger worker is replaced after its job.
    "ALT_CLUSTERS": {
        "slow": {
            "workers": ENV["JOB_SLOW_WORKERS"],
            "timeout": ENV["JOB_SLOW_TIMEOUT"],
            "queue_limit": ENV["JOB_SLOW_WORKERS"],
            "retry": max(
                2760,
                min_retry(
                    ENV["JOB_SLOW_WORKERS"], ENV["JOB_SLOW_WORKERS"], ENV["JOB_SLOW_TIMEOUT"]
                ),
            ),
        },
    },
}
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["lib.api.parsers.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_auth.PassedTheGate"],
    "DEFAULT_PAGINATION_CLASS": "lib.api.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["lib.api.filters.StrictFilters"],
    "DEFAULT_SCHEMA_CLASS": "config.api_schema.AttuneSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "lib.api.errors.answer",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Attune API",
    "VERSION": "1",
    "DESCRIPTION": "What Attune keeps, for programs: JSON in, JSON out, tokens instead of cookies.",
    "LICENSE": {"name": "MIT"},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MissingNames": "crm.api.pushed.NAMES",
        "WrittenChannel": "crm.api.cases.WRITTEN",
        "Channel": "crm.models.interactions.Channel.choices",
        "EvaluationState": "quality.models.evaluations.EvaluationState.choices",
        "VersionState": "quality.models.scorecards.VersionState.choices",
        "DisputeState": "quality.models.disputes.DisputeState.choices",
        "DisputeKind": "quality.models.disputes.DisputeKind.choices",
        "DisputeOutcome": "quality.models.disputes.DisputeOutcome.choices",
        "CalibrationState": "quality.models.calibration.CalibrationState.choices",
        "AnswerState": "quality.models.answers.AnswerState.choices",
        "ScorecardKind": "quality.models.scorecards.ScorecardKind.choices",
        "ActionMetric": "training.models.coaching.Metric.choices",
        "ActionDirection": "training.models.coaching.Direction.choices",
    },
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_schema.add_what_all_share",
    ],
}
MAIL: dict[str, Any] = ENV["EMAIL_URL"]
EMAIL_BACKEND = f"django.core.mail.backends.{MAIL['backend']}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = MAIL["host"], MAIL["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL["user"], MAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL["starttls"], MAIL["tls"]
DEFAULT_FROM_EMAIL = ENV["EMAIL_FROM"]
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "lib.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            **({"formatter": "json"} if ENV["LOG_FORMAT"] == "json" else {}),
        }
    },
    "root": {"handlers": ["stderr"], "level": ENV["LOG_LEVEL"]},
    "loggers": {
        "django-q": {"level": "WARNING"},  # It tells each bell; runs are in JobRun.
        # People read the development server's own lines.
        "attune.requests": {"level": ENV["LOG_LEVEL"] if IS_PRODUCTION else "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []

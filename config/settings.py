"""All settings. The environment is read here and nowhere else; docs/configuration.md lists the variables."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.csp import CSP

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where we are -----------------------------------------------------------------------------------
DATA_DIR = env.directory("DATA_DIR", BASE_DIR / "data")
DATABASE = env.database_url("DATABASE_URL", DATA_DIR / "commons.sqlite3")
REDIS_URL = env.redis_url("REDIS_URL")
# The embedded default: one machine, one process, nothing configured.
EMBEDDED = not env.text("DATABASE_URL") and not REDIS_URL
DEBUG = env.boolean("DEBUG")
SITE_NAME = env.text("SITE_NAME", "Commons")
COMMONS_PORT = env.integer("PORT", 8000, least=1, most=65_535)  # of the embedded default
SITE_URL = env.site_url("SITE_URL", f"http://127.0.0.1:{COMMONS_PORT}")
OFFICIAL_SITE = env.boolean("OFFICIAL_SITE")
SECURE = SITE_URL.startswith("https://")


def _secret_key() -> str:
    """From SECRET_KEY; the embedded default makes its own once and keeps it under DATA_DIR."""
    key = env.text("SECRET_KEY")
    if key:
        if len(key) < 32 and not DEBUG:
            env.refuse("SECRET_KEY", "is too short: 50 random characters or more are safe.")
        return key
    if not (EMBEDDED or DEBUG):
        env.refuse(
            "SECRET_KEY", "must be set (50 random characters or more) when DATABASE_URL or REDIS_URL is."
        )
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text().strip()


SECRET_KEY = _secret_key()
_host = urlsplit(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", [_host, "127.0.0.1", "localhost", "[::1]"] if not SECURE else [_host]
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Applications -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "config.admin.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "allauth.mfa",
    "core",
    "audit",
    "outbox",
    "accounts",
    "accounts.oidc",
    "notifications",
    "workinggroups",
    "forum",
    "pages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "audit.middleware.OriginMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.SessionLimitsMiddleware",
    "accounts.middleware.PersonalTokenMiddleware",
    "accounts.middleware.MemberRequiredMiddleware",
    "outbox.idempotency.IdempotencyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.addresses.PlainAddressMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- Data -------------------------------------------------------------------------------------------
if DATABASE["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that a transaction that reads and then writes waits
    # instead of failing with "database is locked".
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=134217728; PRAGMA cache_size=-16000;"
        ),
    }
else:
    DATABASE["OPTIONS"] = {
        **DATABASE.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": env.integer("DATABASE_POOL", 16, least=1), "timeout": 10},
    }
# Prepared statements; off where a pooler between us and PostgreSQL hands each transaction another connection.
COMMONS_DATABASE_PREPARES = env.boolean("DATABASE_PREPARES", default=True)
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]]
CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "core.cache.ResilientRedisCache", "LOCATION": REDIS_URL}}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # Redis hands messages across its numbered databases: the number keeps two sites on one server apart.
            "CONFIG": {
                "hosts": [REDIS_URL],
                "prefix": f"commons{urlsplit(REDIS_URL).path.replace('/', ':')}",
            },
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # The one subscriber is the process's own hub, which must not be forgotten after a day.
            "CONFIG": {"capacity": 100_000, "group_expiry": 10**10},
        }
    }

# Rendered fragments, the same for every reader: kept by each process for itself, keyed by id and version.
CACHES["local"] = {
    "BACKEND": "core.cache.LocalCache",
    "LOCATION": "fragments",
    "OPTIONS": {"MAX_ENTRIES": 2_000},
}
# What throttles count by themselves, for the time when the shared cache is away.
CACHES["throttles"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "throttles",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}

TASKS = {"default": {"BACKEND": "outbox.backend.JobBackend"}}

# --- Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.directory("STATIC_ROOT", DATA_DIR / "static")
MEDIA_ROOT = env.directory("MEDIA_ROOT", DATA_DIR / "media")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED or DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"  # the proxy compresses
    },
}
# Whitenoise serves straight from the source folders on one machine, from STATIC_ROOT beyond it.
WHITENOISE_USE_FINDERS = EMBEDDED or DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "files.uploads.UploadGate",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Mail -------------------------------------------------------------------------------------------
MAIL_OUTBOX_DIR = DATA_DIR / "outbox"
MAILERS = {"default": env.email_url("EMAIL_URL", f"file://{MAIL_OUTBOX_DIR}")}
# A newcomer reads the local outbox at /outbox/; there is no such page once mail really leaves.
LOCAL_OUTBOX = MAILERS["default"]["BACKEND"] == "core.mail.LocalOutbox" and (EMBEDDED or DEBUG)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@{_host}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Accounts ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# characters, as long as the password is the only factor, and with a second one
_shortest = {"min_length": 15, "with_second_factor": 8}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.MinimumLengthValidator", "OPTIONS": _shortest},
    {"NAME": "accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "handle")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.GuessableValidator", "OPTIONS": _shortest},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm", "add_email": "accounts.forms.AddressForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True  # one address a member: the new one replaces the old once it is proved
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # longer than any code, so that an expired code can still be told of
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True  # as long as the limits below say, without a question
# Before deeds that would hand the account to somebody else: address, factors, tokens, roles.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
# amount/time/per what; several are separated by commas. "key" is the address typed.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/h/ip",
    "confirm_email": "3/h/key",
    "reset_password": "20/m/ip",
    "mail": "3/h/key",  # of all kinds that a visitor can cause, to one recipient
}
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_FORMS = {
    "authenticate_webauthn": "accounts.factor_forms.PasskeyForm",
    "login_webauthn": "accounts.factor_forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "accounts.factor_forms.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds that a clock may be wrong
# Whether roles sleep until their holder has a second factor. The demo's holders have a password alone.
COMMONS_STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", default=not EMBEDDED)
# How many proxies in front append to X-Forwarded-For; on one machine alone nobody does.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0)
# Sign-in through Login.gov or an agency's identity provider; without an issuer there is none.
COMMONS_OIDC = {
    "issuer": env.issuer_url("OIDC_ISSUER"),
    "name": env.text("OIDC_NAME", "Login.gov"),
    "client_id": env.text("OIDC_CLIENT_ID"),
    "private_key": env.private_key("OIDC_PRIVATE_KEY"),
    "key_id": env.text("OIDC_KEY_ID"),
    "scopes": env.text("OIDC_SCOPES", "openid email all_emails"),
    "acr_values": env.text("OIDC_ACR_VALUES"),
}
if COMMONS_OIDC["issuer"]:
    if not COMMONS_OIDC["client_id"]:
        env.refuse("OIDC_CLIENT_ID", "must be set when OIDC_ISSUER is.")
    if not COMMONS_OIDC["private_key"]:
        env.refuse("OIDC_PRIVATE_KEY", "must name a file when OIDC_ISSUER is set.")
COMMONS_CONTACT = env.text("CONTACT", "aicop@gsa.gov")  # whom to ask who may join
# Markdown files that members accept before they get in, and again when the text changes. Without them nothing is asked.
COMMONS_SYSTEM_USE_NOTICE = env.document("SYSTEM_USE_NOTICE")
COMMONS_GUIDELINES = env.document("GUIDELINES")
COMMONS_PROOF_DAYS = env.integer("PROOF_DAYS", 365, least=1)
# Days that a proof's end may come sooner, so that ends (and reminders) spread evenly over the year.
COMMONS_PROOF_SPREAD_DAYS = env.integer(
    "PROOF_SPREAD_DAYS", COMMONS_PROOF_DAYS * 11 // 20, most=COMMONS_PROOF_DAYS - 1
)
COMMONS_PROOF_REMINDERS = (14, 3, 0)  # days before the end
COMMONS_PROOF_GRACE_DAYS = env.integer("PROOF_GRACE_DAYS", 14)  # an approval stays good so long after the end
COMMONS_RULE_NOTICE_DAYS = env.integer("RULE_NOTICE_DAYS", 14)  # before a changed rule ends anybody's access
# Days without a sign-in after which an account is disabled: everyone’s, and that of who holds a role.
COMMONS_INACTIVE_DAYS = env.integer("INACTIVE_DAYS", 90, least=16)
COMMONS_INACTIVE_DAYS_STAFF = env.integer("INACTIVE_DAYS_STAFF", 30, least=16)
COMMONS_UNPROVED_DAYS = env.integer("UNPROVED_DAYS", 7, least=1)  # until an account nobody proved is removed

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# Seconds: since signing in, since the member last did something, and the same for who holds a role.
SESSION_COOKIE_AGE = COMMONS_SESSION_LONGEST = env.integer("SESSION_HOURS", 12, least=1, most=720) * 3600
COMMONS_SESSION_IDLE = env.integer("SESSION_IDLE_MINUTES", 30, least=3, most=43_200) * 60
COMMONS_SESSION_IDLE_STAFF = env.integer("SESSION_IDLE_MINUTES_STAFF", 15, least=3, most=43_200) * 60
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE

# --- Security headers -------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.NONCE, CSP.STRICT_DYNAMIC],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_SSL_REDIRECT = False  # The proxy redirects; behind it everything arrives as plain HTTP.
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # which asks for that redirect
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API --------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.PersonalTokenAuthentication",
        "accounts.api.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.TokenThrottle"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.paging.ApiCursorPagination",
    "PAGE_SIZE": 20,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.problems.problem_details",
    "DEFAULT_VERSIONING_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["accounts.api.permissions.IsMember"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Affiliation": "accounts.models.Affiliation",
        "DraftKind": "forum.models.Draft.Kind",
        "PollKind": "forum.models.Poll.Kind",
        "ReactionKind": "forum.models.Reaction.Kind",
        "GroupRole": "workinggroups.models.Membership.Role",
        "ResourceKind": "workinggroups.models.Resource.Kind",
        "SiteRole": "accounts.models.SiteRole",
    },
}

# --- What the product itself can be told ------------------------------------------------------------
COMMONS_TOKEN_RATE = env.integer("TOKEN_RATE", 60, least=1)  # requests a minute for each access token
COMMONS_POST_RATE = env.integer("POST_RATE", 10, least=1)  # posts a minute by each member
COMMONS_MARKDOWN_MAX = env.integer("MARKDOWN_MAX", 20_000, least=1_000)  # characters of Markdown in a post
COMMONS_POSTS_PER_PAGE = 20
COMMONS_FILE_MAX = env.integer("FILE_MAX_MB", 250, least=1) * 1024 * 1024  # bytes
COMMONS_ATTACHMENT_MAX = (
    env.integer("ATTACHMENT_MAX_MB", 25, least=1) * 1024 * 1024
)  # bytes, of one in a post
COMMONS_ATTACHMENTS_A_DAY = (
    env.integer("ATTACHMENTS_MB_A_DAY", 250, least=1) * 1024 * 1024
)  # bytes of one member
COMMONS_ACCEL_REDIRECT = env.location("ACCEL_REDIRECT")  # empty: this process sends the bytes of files itself
COMMONS_GROUP_QUOTA = env.integer("GROUP_QUOTA_MB", 5_000, least=1) * 1024 * 1024  # bytes
COMMONS_CLAMAV_URL = env.scanner_url("CLAMAV_URL")  # empty: files are not scanned
COMMONS_MAIL_DELAY = env.integer("MAIL_DELAY", 180)  # seconds a notice waits to be read before it is mailed
COMMONS_JOB_LEASE = env.integer(
    "JOB_LEASE", 20, least=2
)  # seconds after which the jobs of a killed worker are taken up

# --- Logs -------------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "text", {"text", "json"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "core.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    },
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.tasks": {"level": "WARNING"},  # else two lines for each job
        "uvicorn.access": {"level": "WARNING"},
    },
}

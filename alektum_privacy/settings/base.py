"""What every mode shares. `demo`, `test` and `production` say where the secrets come from."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django.contrib.postgres",
    "pgtrigger",
    "vault.apps.VaultConfig",
    "vault.keystore.apps.KeystoreConfig",
    "audit.apps.AuditConfig",
    "policy.apps.PolicyConfig",
    "subjects.apps.SubjectsConfig",
    "retention.apps.RetentionConfig",
    "requests.apps.RequestsConfig",
    "desk.apps.DeskConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "desk.accounts.middleware.StaffSessions",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "alektum_privacy.urls"
WSGI_APPLICATION = "alektum_privacy.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_ROUTERS = ["vault.routers.KeystoreRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Guessing passwords: five wrong ones for one name from one address, then a pause.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "desk.views.locked_out"
# How many proxies of our own stand in front; 0 means that nobody's header is believed.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)
AXES_CLIENT_IP_CALLABLE = "alektum_privacy.addresses.counted_address"
# Who has no second factor sets one up right after signing in, and reaches nothing else before.
SECOND_FACTOR_OBLIGATORY = True
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=30)
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
# Of allauth we use what makes and checks second factors, and its list of sessions: no addresses,
# so nobody signs up, and no account of elsewhere.
MFA_ADAPTER = "desk.accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
FORMAT_MODULE_PATH = ["alektum_privacy.formats"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path | None = BASE_DIR / ".data" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "alektum_privacy.static_files.CompressedOnce"},
}
WHITENOISE_MAX_AGE = 600
FORM_RENDERER = "alektum_privacy.forms.FormRenderer"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing from elsewhere, nothing inline, nothing evaluated. Bootstrap draws with data: images.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Mails a minute that tell of a changed statement: what the mail server takes beside the rest.
STATEMENT_MAILS_A_MINUTE = env.int("STATEMENT_MAILS_A_MINUTE", default=600)

# What one call may bring in at the door; a file has no limit.
INGEST_MOST_BYTES = 1024 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
    ],
    "EXCEPTION_HANDLER": "alektum_privacy.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Alektum Privacy",
    "VERSION": "1.0.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Fields of one name with choices of their own.
    "ENUM_NAME_OVERRIDES": {
        "RightEnum": "requests.constants.Right",
        "KindEnum": "requests.constants.Kind",
        "InstructionKind": "subjects.constants.InstructionKind",
        "InstructionState": "subjects.constants.InstructionState",
    },
}

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
# A worker waits for its broker as long as it takes; who queues a task, some seconds.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 5,
    "interval_start": 0.1,
    "interval_step": 0.5,
    "interval_max": 2.0,
}
# What a lost machine had in hand is given to another worker after an hour; so is a task that
# runs longer, which is harmless: every task is safe to run twice and in parallel.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "seal the ledger": {"task": "audit.tasks.seal", "schedule": 60.0},
    "take up verifications": {"task": "audit.tasks.resume_verifications", "schedule": 60.0},
    "destroy keys": {"task": "vault.tasks.drain", "schedule": 60.0},
    "build waiting packs": {"task": "requests.tasks.build_waiting_packs", "schedule": 300.0},
    "send waiting mail": {"task": "requests.tasks.send_waiting_mail", "schedule": 60.0},
    "look for who is meant": {"task": "requests.tasks.propose_missing_matches", "schedule": 60.0},
    "rights that need no approval": {"task": "requests.tasks.carry_out_today", "schedule": 300.0},
    "note what was erased": {"task": "requests.tasks.settle_erasures", "schedule": 300.0},
    "tidy drafts and mail": {"task": "requests.tasks.tidy", "schedule": 3600.0},
    "warn officers of due dates": {
        "task": "requests.tasks.remind_officers",
        "schedule": crontab(hour=6, minute=30),
    },
    "remind of breaches": {"task": "requests.tasks.remind_of_breaches", "schedule": 1800.0},
    "tend the work queue": {"task": "requests.tasks.tend_queue", "schedule": 60.0},
    "empty packs": {"task": "requests.tasks.empty_expired_packs", "schedule": 3600.0},
    "sweep keys": {"task": "vault.tasks.sweep", "schedule": crontab(hour=4, minute=30)},
    "plan destruction": {
        "task": "retention.tasks.plan",
        "schedule": crontab(hour=0, minute=20),
    },
    "count what will go": {
        "task": "retention.tasks.count_forecast",
        "schedule": crontab(hour="7,12,16", minute=40),
    },
    "count the public figures": {
        "task": "requests.tasks.count_public_figures",
        "schedule": crontab(hour=2, minute=10),
    },
    "destroy what is due": {
        "task": "retention.tasks.destroy_due",
        "schedule": crontab(hour="1-6", minute=0),
    },
    "look at holds": {
        "task": "retention.tasks.look_at_holds",
        "schedule": crontab(hour=0, minute=10),
    },
    "carry out clients' instructions": {
        "task": "retention.tasks.carry_out_instructions",
        "schedule": 300.0,
    },
    "tend simulations": {"task": "retention.tasks.tend_simulations", "schedule": 600.0},
    "forget old staff data": {
        "task": "retention.tasks.forget_staff",
        "schedule": crontab(hour=3, minute=40),
    },
    "rights that take effect the same day": {
        "task": "retention.tasks.tend_rights",
        "schedule": 300.0,
    },
    "compute dates anew": {"task": "subjects.tasks.compute_dates_anew", "schedule": 600.0},
    "take in what waits at the door": {"task": "subjects.tasks.resume", "schedule": 600.0},
    "tell of lists that have ended": {
        "task": "retention.tasks.tell_of_lists",
        "schedule": 300.0,
    },
    "mail organisations their links": {
        "task": "requests.tasks.tell_organisations",
        "schedule": crontab(minute="*/10"),
    },
    "remind systems of open instructions": {
        "task": "requests.tasks.remind_systems",
        "schedule": crontab(hour=8, minute=30),
    },
    "tell of a changed statement": {
        "task": "requests.tasks.tell_of_statement",
        "schedule": 60.0,
    },
    "tidy mail of a changed statement": {
        "task": "requests.tasks.tidy_statement_mail",
        "schedule": 3600.0,
    },
    "look who was not told in time": {
        "task": "subjects.tasks.look_who_was_not_told",
        "schedule": crontab(hour=3, minute=20),
    },
    "count who received what": {
        "task": "subjects.tasks.count_disclosures",
        "schedule": crontab(hour=4, minute=0),
    },
    "end notices that nobody confirmed": {
        "task": "subjects.tasks.tend_notices",
        "schedule": crontab(hour=5, minute=10),
    },
    "forget answers of the door": {"task": "subjects.tasks.forget_answers", "schedule": 3600.0},
}

# Who we are: the controller named in letters, certificates and the register.
CONTROLLER = {
    "name": "Alektum Group",
    "email": "privacy@alektumgroup.nl",
    "phone": "020 – 417 71 77",
}

# Where people may sign in to show who they are (OpenID Connect); without issuer nobody can.
IDENTITY_PROVIDER = {
    "issuer": env("IDENTITY_PROVIDER_ISSUER", default=""),
    "client_id": env("IDENTITY_PROVIDER_CLIENT_ID", default=""),
    "client_secret": env("IDENTITY_PROVIDER_CLIENT_SECRET", default=""),
    "name": env("IDENTITY_PROVIDER_NAME", default=""),
    "scope": env("IDENTITY_PROVIDER_SCOPE", default="openid profile email"),
}

# Where colleagues may sign in besides (OpenID Connect); without issuer nobody can.
STAFF_SSO: dict[str, Any] = {
    "issuer": env("STAFF_SSO_ISSUER", default=""),
    "client_id": env("STAFF_SSO_CLIENT_ID", default=""),
    "client_secret": env("STAFF_SSO_CLIENT_SECRET", default=""),
    "name": env("STAFF_SSO_NAME", default=""),
    "scope": env("STAFF_SSO_SCOPE", default="openid email profile"),
    # Which of its groups stand for which roles here, such as {"Privacy": "privacy officer"}: who
    # has one gets an account at the first sign-in. Never for administrators.
    "roles": env.json("STAFF_SSO_ROLES", default={}),
    "groups_claim": env("STAFF_SSO_GROUPS_CLAIM", default="groups"),
    # Levels (`acr`) by which it says that it asked for a second factor; `mfa` in `amr` says so too.
    "acr": env.list("STAFF_SSO_ACR", default=[]),
}

DEMO_MODE = False

# PostgreSQL ends a longer transaction of the main database, migrations apart. Data keys whose
# rows are not committed after some time are swept, and that time rests on this one.
WRITER_TIMEOUT = timedelta(minutes=5)


def databases(default_url: str, keystore_url: str) -> dict[str, dict[str, Any]]:
    """Return DATABASES for the main database and the keystore.

    Both may stand on one server, never in one database: then the keys would be in
    the backups of what they seal.
    """
    found = {
        alias: {
            **environ.Env.db_url_config(url),
            "ATOMIC_REQUESTS": False,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
        for alias, url in (("default", default_url), ("keystore", keystore_url))
    }
    milliseconds = WRITER_TIMEOUT // timedelta(milliseconds=1)
    add_server_setting(found["default"], f"transaction_timeout={milliseconds}")
    return found


def add_server_setting(database: dict[str, Any], setting: str) -> None:
    """Let every connection begin with this setting of PostgreSQL, besides those it has."""
    options = database.setdefault("OPTIONS", {})
    options["options"] = f"{options.get('options', '')} -c {setting}".strip()

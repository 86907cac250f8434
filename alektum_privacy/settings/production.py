"""Real people's data. Refuses to start while a secret is missing, and says which."""

from django.core.exceptions import ImproperlyConfigured

from alektum_privacy.settings.base import *  # noqa: F403
from alektum_privacy.settings.base import (
    PROXY_COUNT,
    STAFF_IDLE_MINUTES,
    STAFF_SESSION_HOURS,
    STAFF_SSO,
    databases,
    env,
)

REQUIRED = {
    "SECRET_KEY": "signs sessions; 50 random characters or more",
    "ALLOWED_HOSTS": "the host names of portal and desk, separated by commas",
    "SITE_URL": "the address people see, such as https://privacy.example.nl",
    "DATABASE_URL": "the main database, postgres://…",
    "KEYSTORE_URL": "the keystore, another database with backups of its own",
    "REDIS_URL": "the task broker",
    "VAULT_KEY_ENCRYPTION_KEYS": "number:base64 of 32 bytes, several separated by commas",
    "VAULT_TOKEN_KEY": "base64 of 32 bytes; makes search tokens",
    "LEDGER_SIGNING_KEY": "base64 of a 32-byte Ed25519 seed; signs checkpoints",
    "LEDGER_ORIGIN": "the ledger's name in checkpoints, such as privacy.example.nl/ledger",
    "LEDGER_MIRROR": "a folder on other storage that keeps entries and checkpoints",
    "PROXY_COUNT": "how many proxies of your own stand in front; 0 believes no header",
    "EMAIL_URL": "the mail server, smtp+tls://user:password@host:587",
    "DEFAULT_FROM_EMAIL": "the sender of mail",
}
if missing := [name for name in REQUIRED if not env.str(name, default="").strip()]:
    raise ImproperlyConfigured(
        "Production needs these in its environment: "
        + "; ".join(f"{name} ({REQUIRED[name]})" for name in missing)
    )

# What protects staff accounts may be made stricter here, never weaker.
if not 1 <= STAFF_IDLE_MINUTES <= 60:
    raise ImproperlyConfigured("STAFF_IDLE_MINUTES is between 1 and 60")
if not 1 <= STAFF_SESSION_HOURS <= 12:
    raise ImproperlyConfigured("STAFF_SESSION_HOURS is between 1 and 12")
if not env.bool("SECOND_FACTOR_OBLIGATORY", default=True):
    raise ImproperlyConfigured("In production every colleague has a second factor")
if STAFF_SSO["issuer"] and not STAFF_SSO["issuer"].startswith("https://"):
    raise ImproperlyConfigured("STAFF_SSO_ISSUER begins with https://")
if not isinstance(STAFF_SSO["roles"], dict) or "administrator" in STAFF_SSO["roles"].values():
    raise ImproperlyConfigured("STAFF_SSO_ROLES names a role for a group, and never administrator")

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
SITE_URL = env("SITE_URL")
DATABASES = databases(env("DATABASE_URL"), env("KEYSTORE_URL"))
REDIS_URL = env("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

VAULT_KEY_ENCRYPTION_KEYS = env("VAULT_KEY_ENCRYPTION_KEYS")
VAULT_TOKEN_KEY = env("VAULT_TOKEN_KEY")
LEDGER_SIGNING_KEY = env("LEDGER_SIGNING_KEY")
LEDGER_OLD_PUBLIC_KEYS = env.list("LEDGER_OLD_PUBLIC_KEYS", default=[])
LEDGER_ORIGIN = env("LEDGER_ORIGIN")
LEDGER_MIRROR = env.path("LEDGER_MIRROR")

vars().update(env.email_url("EMAIL_URL"))
if not (vars().get("EMAIL_USE_TLS") or vars().get("EMAIL_USE_SSL")):
    raise ImproperlyConfigured(
        "Production sends mail over TLS only: EMAIL_URL begins with smtp+tls:// or smtp+ssl://"
    )
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL")

SECURE_SSL_REDIRECT = True
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

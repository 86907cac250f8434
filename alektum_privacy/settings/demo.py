"""A machine of one's own: embedded servers, made-up people, mail that stays in the house.

`make run` writes addresses and secrets to `.data/env`, once, so that `manage.py` in another
terminal finds the same. Nothing here is fit for real people's data.
"""

from alektum_privacy.settings.base import *  # noqa: F403
from alektum_privacy.settings.base import BASE_DIR, databases, env

env.read_env(BASE_DIR / ".data" / "env")

DEMO_MODE = True
# Everybody knows the password of the demo; a second factor can be tried, and is not asked for.
SECOND_FACTOR_OBLIGATORY = False
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SITE_URL = env("SITE_URL", default="http://localhost:8000")

# Commands that need no database (the calculators, for one) run without these servers too.
SECRET_KEY = env("SECRET_KEY", default="demo-only-and-worthless-as-a-secret-" + "0" * 32)
DATABASES = databases(
    env("DATABASE_URL", default="postgres://alektum@127.0.0.1:1/alektum"),
    env("KEYSTORE_URL", default="postgres://alektum@127.0.0.1:1/alektum_keystore"),
)
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:1/0")
CELERY_BROKER_URL = REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

VAULT_KEY_ENCRYPTION_KEYS = env("VAULT_KEY_ENCRYPTION_KEYS", default="1:" + "A" * 43 + "=")
VAULT_TOKEN_KEY = env("VAULT_TOKEN_KEY", default="A" * 43 + "=")
LEDGER_SIGNING_KEY = env("LEDGER_SIGNING_KEY", default="A" * 43 + "=")
LEDGER_OLD_PUBLIC_KEYS = env.list("LEDGER_OLD_PUBLIC_KEYS", default=[])
LEDGER_ORIGIN = "alektum-privacy.example/ledger"
LEDGER_MIRROR = BASE_DIR / ".data" / "ledger-mirror"

EMAIL_BACKEND = "requests.mail.mailing.OutboxBackend"
DEFAULT_FROM_EMAIL = "privacy@alektumgroup.nl"

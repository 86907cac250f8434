"""`manage.py check --deploy` with production settings and secrets that are worth nothing."""

import os
import subprocess
import sys

WORTHLESS = {
    "DJANGO_SETTINGS_MODULE": "alektum_privacy.settings.production",
    "SECRET_KEY": "worthless-but-long-and-varied-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "privacy.example.nl",
    "SITE_URL": "https://privacy.example.nl",
    "DATABASE_URL": "postgres://alektum@127.0.0.1:1/alektum",
    "KEYSTORE_URL": "postgres://alektum@127.0.0.1:1/alektum_keystore",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "VAULT_KEY_ENCRYPTION_KEYS": "1:" + "A" * 43 + "=",
    "VAULT_TOKEN_KEY": "A" * 43 + "=",
    "LEDGER_SIGNING_KEY": "A" * 43 + "=",
    "LEDGER_ORIGIN": "privacy.example.nl/ledger",
    "LEDGER_MIRROR": ".data/mirror",
    "PROXY_COUNT": "1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.nl:587",
    "DEFAULT_FROM_EMAIL": "privacy@example.nl",
}

if __name__ == "__main__":
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    raise SystemExit(subprocess.run(command, env=os.environ | WORTHLESS, check=False).returncode)

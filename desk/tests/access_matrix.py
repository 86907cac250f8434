"""The table of who gets what where: read, asked and written.

A line is an address, the method it is asked with, and the status for each of `COLUMNS`. A made-up
reference stands in addresses, so 404 means: let in, and there is no such thing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from desk.roles import ROLES
from desk.tests.makers import make_colleague

TABLE = Path(__file__).parent / "access_matrix.txt"
ASKED = ("desk/", "admin/", "api/")
STRANGER, NOBODY = "stranger", "no role"
COLUMNS = (STRANGER, NOBODY, *ROLES)
MADE_UP = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "999999999",
    "slug": "x",
    "str": "x",
    "path": "999999999",
    "": "999999999",
}
HEAD = """\
# Who gets what at each address; see docs/access.md. 200 shown, 302 sent elsewhere (a stranger: to
# the sign-in page), 400 or 422 let in but asked for nothing sensible, 401 and 403 refused, 404 let
# in and nothing there, 405 another method. The administrator's account may open /admin/.
"""


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Return every address there is, as it stands in the code."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            if address.startswith(ASKED):
                yield address
        else:
            yield from addresses(entry, address)


def path_of(address: str) -> str:
    """Return a path that leads to an address, with things that do not exist."""
    if "^" in address:
        address = re.sub(r"\(\?P<reference>[^)]*\)", MADE_UP["uuid"], address)
        address = re.sub(r"\(\?P<app_label>[^)]*\)", "auth", address)
        address = re.sub(r"\(\?P<name>(\w+)[^)]*\)", r"\1", address)
        address = re.sub(r"\(\?P<url>[^)]*\)", "no-such-page", address)
        address = address.replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: MADE_UP[found[1] or ""], address)


def account_of(column: str) -> User | None:
    if column == STRANGER:
        return None
    user = make_colleague(*([] if column == NOBODY else [column]))
    if column == "administrator":
        user.is_staff = True
        user.save()
    return user


def client_of(column: str) -> Client:
    """Return a browser in which this one is signed in."""
    client, user = Client(), account_of(column)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(client: Client, method: str, address: str) -> int:
    return getattr(client, method.lower())(path_of(address)).status_code


def method_of(address: str, everything: Client) -> str:
    """Return GET, or POST for what cannot be got."""
    return "POST" if ask(everything, "GET", address) == 405 else "GET"


def read() -> dict[str, tuple[str, dict[str, int]]]:
    """Return the table: of each address its method and the status for each column."""
    found: dict[str, tuple[str, dict[str, int]]] = {}
    lines: list[str] = TABLE.read_text("utf-8").splitlines() if TABLE.exists() else []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        address, method, *statuses = line.split()
        found[address] = method, dict(zip(COLUMNS, map(int, statuses), strict=True))
    return found


def write(rows: dict[str, tuple[str, dict[str, int]]]) -> None:
    widest = max(map(len, rows))
    heads = " ".join(f"{column.split()[0][:9]:>9}" for column in COLUMNS)
    lines = [HEAD, f"# {'address':{widest - 2}} {'':4} {heads}\n"]
    for address in sorted(rows):
        method, row = rows[address]
        statuses = " ".join(f"{row[column]:>9}" for column in COLUMNS)
        lines.append(f"{address:{widest}} {method:4} {statuses}\n")
    TABLE.write_text("".join(lines), "utf-8")


def asked_now(wanted: set[str]) -> dict[str, tuple[str, dict[str, int]]]:
    """Return what the table should say of these addresses today."""
    boss = Client()
    boss.force_login(
        User.objects.create_superuser("boss"), backend="django.contrib.auth.backends.ModelBackend"
    )
    methods = {address: method_of(address, boss) for address in sorted(wanted)}
    rows: dict[str, tuple[str, dict[str, int]]] = {
        address: (method, {}) for address, method in methods.items()
    }
    for column in COLUMNS:
        client: Any = client_of(column)
        for address, method in methods.items():
            if ends_session(address):
                client = client_of(column)
            rows[address][1][column] = ask(client, method, address)
            if ends_session(address):
                client = client_of(column)
    return rows


def ends_session(address: str) -> bool:
    return "logout" in address

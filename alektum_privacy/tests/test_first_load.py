"""What a telephone on a slow network must fetch before it shows a page of the portal."""

import os
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from alektum_privacy.static_files import CompressedOnce
from policy.tests.makers import load_policy
from requests.tests.journey import ask, fill_in

MOST_BYTES = 150_000
STATIC = Path(settings.BASE_DIR) / "static"
FACE = re.compile(r"@font-face \{[^}]*url\(\"([^\"]+)\"\)[^}]*unicode-range: ([^;]+);")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Path:
    """The static files as production serves them: compressed where that helps."""
    root = tmp_path_factory.mktemp("static")
    shutil.copytree(STATIC, root, dirs_exist_ok=True)
    compress(root)
    return root


def compress(root: Path) -> list[str]:
    """Compress what stands in a folder; return what was compressed now."""
    storage = CompressedOnce(location=str(root))
    names = [str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()]
    sources = {name: (storage, name) for name in names if not name.endswith(".gz")}
    return [name for name, _copy, _processed in storage.post_process(sources)]


def size_of(root: Path, name: str) -> int:
    copy = root / f"{name}.gz"
    return (copy if copy.exists() else root / name).stat().st_size


def needed_by(html: str, root: Path) -> list[str]:
    """Return the files that a browser fetches for a page: styles, scripts, icon and fonts."""
    page = BeautifulSoup(html, "html.parser")
    found = [str(one["href"]) for one in page.select("link[href]")]
    found += [str(one["src"]) for one in page.select("script[src], img[src]")]
    names = [one.removeprefix("/static/") for one in found]
    # No font is fetched for what is folded away.
    for folded in page.select("details:not([open]) > :not(summary)"):
        folded.decompose()
    text = page.get_text()
    for name in [one for one in names if one.endswith(".css")]:
        for url, ranges in FACE.findall((root / name).read_text("utf-8")):
            if any(in_ranges(character, ranges) for character in text):
                names.append(os.path.normpath(Path(name).parent / url))
    return names


def in_ranges(character: str, ranges: str) -> bool:
    for one in ranges.replace("U+", "").split(","):
        first, _dash, last = one.strip().partition("-")
        if int(first, 16) <= ord(character) <= int(last or first, 16):
            return True
    return False


@pytest.mark.django_db(databases=["default", "keystore"])
def test_the_first_load_of_every_kind_of_portal_page_is_small_and_needs_no_script(client, served):
    load_policy()
    fill_in(client)
    paths = ["/", "/rights/", "/statement/", "/ask/situation/", "/ask/check/", "/ask/later/"]
    pages = {path: client.get(path).content.decode() for path in paths}
    made = ask(client)
    for path in ("/ask/sent/", made.get_absolute_url(), "/request/open/"):
        pages[path] = client.get(path).content.decode()
    sizes = {}
    for path, html in pages.items():
        names = needed_by(html, served)
        assert "css/theme.css" in names
        assert any(name.endswith(".woff2") for name in names)
        assert not [name for name in names if name.endswith(".js")], path
        sizes[path] = len(html.encode()) + sum(size_of(served, name) for name in set(names))
    assert max(sizes.values()) < MOST_BYTES, sizes


# An answer that is closed lets go of connections to the databases.
@pytest.mark.django_db(databases=["default", "keystore"])
def test_what_is_served_is_the_compressed_copy(served, settings):
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = str(served), False
    middleware = WhiteNoiseMiddleware(lambda request: pytest.fail("not served"))
    path = "/static/vendor/bootstrap/bootstrap.min.css"
    asked = RequestFactory().get(path, headers={"accept-encoding": "gzip, deflate, br"})
    answer = middleware(asked)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < 40_000
    plain = middleware(RequestFactory().get(path))
    assert "Content-Encoding" not in plain.headers
    for one in (answer, plain):
        one.close()


def test_what_did_not_change_is_not_compressed_again(tmp_path):
    for name in ("a.css", "b.css"):
        (tmp_path / name).write_text("p { color: red; }\n" * 100)
    assert sorted(compress(tmp_path)) == ["a.css", "b.css"]
    assert compress(tmp_path) == []
    newer = (tmp_path / "b.css").stat().st_mtime + 10
    (tmp_path / "b.css").write_text("p { color: blue; }\n" * 100)
    os.utime(tmp_path / "b.css", (newer, newer))
    assert compress(tmp_path) == ["b.css"]

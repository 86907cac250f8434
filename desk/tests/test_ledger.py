"""The ledger at the desk: found by key, proven on the spot, honest when it is not well."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import mirror, services, verify_certificate, views
from audit.certificate import public_key
from desk.tests.makers import make_colleague

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
sealed = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def page(client):
    """Return what an auditor reads at an address, in English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def read(address="/desk/ledger/"):
        if "_auth_user_id" not in client.session:
            client.force_login(make_auditor(), backend=BACKEND)
        answer = client.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def make_auditor():
    from desk.roles import sync_roles

    # Tests that commit empty the tables of roles as well.
    sync_roles()
    return make_colleague("auditor")


def write(event="thing.happened", object="thing:1", actor="worker", **facts):
    with transaction.atomic():
        return services.append(event, object=object, actor=actor, **facts)


def seal():
    services.seal_and_mirror(now=timezone.now())


def numbers(text):
    return [int(number) for number in re.findall(r'<td[^>]*><a href="/desk/ledger/(\d+)/">', text)]


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [("auditor", 200), ("privacy officer", 200), ("marketing", 403), ("intake", 403)],
)
def test_only_some_roles_read_the_ledger(client, role, status):
    client.force_login(make_colleague(role), backend=BACKEND)
    pk = write()
    for address in ("", f"{pk}/", "checking/verify_certificate.py"):
        assert client.get(f"/desk/ledger/{address}").status_code == status


# --- finding ----------------------------------------------------------------------------------


def test_the_newest_entries_come_first_with_what_when_and_who(page):
    colleague = make_colleague()
    first = write("hold.placed", "hold:7", f"user:{colleague.pk}")
    second = write()
    text = page()
    assert numbers(text) == [second, first]
    assert "hold.placed" in text
    assert colleague.username in text
    assert "the product, by itself" in text


def test_entries_are_found_by_what_they_are_about_and_by_event(page):
    wanted = write("hold.placed", "hold:7")
    released = write("hold.released", "hold:7")
    other = write("hold.placed", "hold:8")
    assert numbers(page("/desk/ledger/?object=hold:7")) == [released, wanted]
    assert numbers(page("/desk/ledger/?event=hold.placed")) == [other, wanted]
    assert numbers(page("/desk/ledger/?object=hold:7&event=hold.placed")) == [wanted]
    assert "Nothing was found" in page("/desk/ledger/?object=hold:9")


def test_what_is_searched_for_is_posted_and_only_keys_reach_an_address(client, page):
    page()
    answer = client.post("/desk/ledger/", {"object": "hold:7", "event": ""})
    assert answer.headers["Location"] == "/desk/ledger/?object=hold%3A7"
    for typed in ("Jan Jansen", "jan@example.nl", "x" * 81):
        refused = client.post("/desk/ledger/", {"object": typed})
        assert refused.status_code == 422
        assert "error-summary" in refused.content.decode()


def test_entries_are_found_by_who_did_it_and_no_user_name_reaches_an_address(client, page):
    colleague = make_colleague()
    mine = write("hold.placed", "hold:7", f"user:{colleague.pk}")
    other = write("hold.placed", "hold:8", f"user:{make_colleague().pk}")
    itself, person = write(), write(actor="person")
    page()
    answer = client.post("/desk/ledger/", {"actor": colleague.username})
    assert answer.headers["Location"] == f"/desk/ledger/?actor=user%3A{colleague.pk}"
    assert numbers(page(answer.headers["Location"])) == [mine]
    assert itself in numbers(page("/desk/ledger/?actor=product"))
    assert not {mine, other, person} & set(numbers(page("/desk/ledger/?actor=product")))
    assert numbers(page("/desk/ledger/?actor=person&event=thing.happened")) == [person]
    assert client.post("/desk/ledger/", {"actor": "nobody here"}).status_code == 422


def test_entries_are_found_by_day_the_last_day_included(client, page):
    zone = timezone.get_current_timezone()
    days = [datetime(2026, 3, day, hour, tzinfo=zone) for day, hour in ((8, 23), (9, 0), (10, 23))]
    with transaction.atomic():
        before, first, last = [
            services.append("thing.happened", object="thing:1", actor="worker", at=at)
            for at in days
        ]
    assert numbers(page("/desk/ledger/?since=2026-03-09&until=2026-03-10")) == [last, first]
    assert numbers(page("/desk/ledger/?until=2026-03-08&object=thing:1")) == [before]
    assert (
        client.post("/desk/ledger/", {"since": "2026-03-10", "until": "2026-03-09"}).status_code
        == 422
    )
    assert client.get("/desk/ledger/?since=yesterday").status_code == 422


@pytest.mark.usefixtures("tables_as_new")
def test_a_period_of_long_ago_reads_its_own_pages_and_not_all_since(page):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (body) SELECT jsonb_build_object('actor', 'worker', 'at',"
            " to_char('2026-01-01'::timestamp + n * interval '1 hour',"
            " 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00')"
            " FROM generate_series(1, 5000) n"
        )
        cursor.execute("ANALYZE audit_entry; SET LOCAL enable_seqscan = off")
    plan = services.newest(
        since=datetime(2026, 2, 1, tzinfo=UTC), until=datetime(2026, 2, 2, tzinfo=UTC)
    )[:51].explain()
    assert "entry_at" in plan


@pytest.mark.usefixtures("tables_as_new")
def test_what_a_colleague_did_is_found_by_an_index_that_the_product_is_not_in():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (body) SELECT jsonb_build_object('actor',"
            " CASE WHEN n % 10 = 0 THEN 'user:' || n % 100 ELSE 'worker' END)"
            " FROM generate_series(1, 5000) n"
        )
        cursor.execute("ANALYZE audit_entry")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = services.newest(actor="user:10", before=10**9)[:51].explain()
    assert "entry_actor" in plan
    assert "Sort" not in plan


def test_many_entries_are_paged_by_key_and_none_is_lost(page, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 3)
    pks = [write() for _ in range(7)]
    write("other.thing")
    seen, address = [], "?event=thing.happened"
    while address:
        text = page(f"/desk/ledger/{address}")
        seen += numbers(text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == pks[::-1]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, ""])
def test_a_page_key_that_is_none_shows_the_first_page(page, before):
    pk = write()
    assert numbers(page(f"/desk/ledger/?before={before}")) == [pk]


def test_a_page_costs_as_many_queries_for_fifty_entries_as_for_one(
    client, page, django_assert_max_num_queries
):
    for _ in range(60):
        write(actor=f"user:{make_colleague().pk}")
    page()
    with django_assert_max_num_queries(10):
        client.get("/desk/ledger/")


@pytest.mark.usefixtures("tables_as_new")
@pytest.mark.parametrize("asked", [{"object": "hold:7"}, {"event": "hold.placed"}])
def test_searching_walks_an_index_in_order(asked):
    with connection.cursor() as cursor:
        # Enough of others that walking them all would be dear, and known to be.
        cursor.execute(
            "INSERT INTO audit_entry (body) SELECT jsonb_build_object("
            "'event', 'thing.' || n, 'object', 'thing:' || n) FROM generate_series(1, 5000) n"
        )
        cursor.execute("ANALYZE audit_entry")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = services.newest(**asked, before=10**9)[:51].explain()
    assert f"entry_{next(iter(asked))}" in plan
    assert "Sort" not in plan


# --- one entry --------------------------------------------------------------------------------


@sealed
def test_an_entry_is_proven_while_the_reader_waits(client, page):
    pks = [write("dossier.destroyed", f"dossier:{n}", records=n) for n in range(5)]
    seal()
    text = page(f"/desk/ledger/{pks[3]}/")
    assert "place 4 of the 5 that were signed" in text
    assert "dossier:3" in text
    assert services.prove(pks[3]).path[0].hex() in text


@sealed
def test_its_certificate_is_a_file_that_the_checking_file_finds_true(client, page, tmp_path):
    pk = write()
    seal()
    page()
    answer = client.get(f"/desk/ledger/{pk}/certificate.json")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="certificate-{pk}.json"'
    file = tmp_path / "certificate.json"
    file.write_bytes(answer.content)
    assert json.loads(answer.content)["statement"]["object"] == "thing:1"
    assert verify_certificate.main([str(file), "--key", public_key()]) == 0
    program = client.get("/desk/ledger/checking/verify_certificate.py")
    assert b"".join(program.streaming_content).startswith(b"#!/usr/bin/env python3")


def test_an_entry_that_waits_for_the_sealer_says_so_and_has_no_certificate(client, page):
    pk = write()
    assert "not sealed yet" in page(f"/desk/ledger/{pk}/")
    answer = client.get(f"/desk/ledger/{pk}/certificate.json", follow=True)
    assert "There is no certificate" in answer.content.decode()


@sealed
def test_an_entry_that_was_tampered_with_is_said_to_be(page):
    pk = write()
    seal()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_entry SET body = body || '{\"a\": 1}' WHERE id = %s", [pk])
    text = page(f"/desk/ledger/{pk}/")
    assert "is not what was signed" in text
    assert "Checked just now" not in text


def test_an_entry_that_does_not_exist_is_not_found(client, page):
    page()
    assert client.get("/desk/ledger/1/").status_code == 404
    assert client.get("/desk/ledger/1/certificate.json").status_code == 404


# --- is it well -------------------------------------------------------------------------------


@sealed
def test_a_ledger_that_is_well_says_so(page):
    write()
    seal()
    text = page()
    assert "All is sealed, and copied" in text
    assert "1 entry is sealed" in text
    assert public_key() in text


def test_an_entry_that_waits_too_long_raises_a_warning(page):
    old = timezone.now() - timedelta(minutes=31)
    services.append("thing.happened", object="thing:1", actor="worker", at=old)
    assert "waited 31 minutes" in page()


@sealed
def test_a_mirror_that_lags_or_is_ahead_raises_a_warning(page):
    write()
    seal()
    [segment] = (mirror.folder() / "entries").iterdir()
    lines = segment.read_text()
    segment.write_text("")
    assert "1 entry waits to be copied" in page()
    segment.write_text(lines * 2)
    assert "restored from a backup" in page()

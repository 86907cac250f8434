"""Whose address is counted, behind proxies and without."""

import pytest

from alektum_privacy.addresses import client_address, neighbourhood


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "forged, 203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "forged, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "10.0.0.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, None, "192.0.2.1"),
    ],
)
def test_only_what_our_own_proxies_added_is_believed(rf, settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", **headers)) == address


def test_who_has_a_whole_network_is_counted_as_one():
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2:ffff::1")
    assert neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("::ffff:198.51.100.7") == neighbourhood("198.51.100.7")
    assert neighbourhood("198.51.100.7") != neighbourhood("198.51.100.8")
    assert neighbourhood("nonsense") == "nonsense"


@pytest.mark.django_db
def test_a_guesser_behind_our_proxy_is_counted_by_the_address_the_proxy_saw(client, settings):
    settings.PROXY_COUNT = 1
    wrong = {"username": "nobody", "password": "wrong"}
    codes = [
        client.post(
            "/sign-in/", wrong, HTTP_X_FORWARDED_FOR=f"10.0.0.{at}, 198.51.100.7"
        ).status_code
        for at in range(6)
    ]
    assert codes[-1] == 429
    elsewhere = client.post("/sign-in/", wrong, HTTP_X_FORWARDED_FOR="198.51.100.8")
    assert elsewhere.status_code == 200


@pytest.mark.django_db
def test_a_guesser_with_a_whole_network_is_counted_as_one(client):
    wrong = {"username": "nobody", "password": "wrong"}
    codes = [
        client.post("/sign-in/", wrong, REMOTE_ADDR=f"2001:db8:1:2::{at}").status_code
        for at in range(1, 7)
    ]
    assert codes[-1] == 429
    assert client.post("/sign-in/", wrong, REMOTE_ADDR="2001:db8:1:3::1").status_code == 200

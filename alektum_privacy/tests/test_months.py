"""Our words never take the place of Django's own: in May dates said “Mag”."""

import pytest
from django.utils import translation
from django.utils.dates import MONTHS

DUTCH = {
    1: "januari",
    2: "februari",
    3: "maart",
    4: "april",
    5: "mei",
    6: "juni",
    7: "juli",
    8: "augustus",
    9: "september",
    10: "oktober",
    11: "november",
    12: "december",
}


@pytest.mark.parametrize("month", DUTCH)
def test_months_are_called_what_they_are(month):
    with translation.override("nl"):
        assert str(MONTHS[month]) == DUTCH[month]

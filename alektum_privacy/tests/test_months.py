"""Our words never take the place of Django's own: in May dates said “Mag”."""

import pytest
from django.utils import translation
from django.utils.dates import MONTHS, WEEKDAYS

DUTCH = (
    "januari februari maart april mei juni juli augustus september oktober november december"
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
).split()


@pytest.mark.parametrize("place", range(19))
def test_months_and_days_are_called_what_they_are(place):
    names = [*MONTHS.values(), *WEEKDAYS.values()]
    with translation.override("nl"):
        assert str(names[place]).lower() == DUTCH[place]

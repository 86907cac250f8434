"""A dossier while its lines are made."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from desk.demo import texts
from desk.demo.people import Made

Line = dict[str, Any]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STATEMENT = "2026-11"
# Who gave names and addresses where no client did: of statistics we took them over ourselves.
SOURCES = {"DEV": "own", "CLI": "client"}


class Counts(Protocol):
    """What a dossier takes from the agency whose it is."""

    seed: int
    today: date
    random: Random
    dossiers: int


class Dossier:
    """A dossier while its lines are made: ids, and what comes back in all of them."""

    def __init__(self, agency: Counts, purpose: str, opened: date, **fields: Any) -> None:
        agency.dossiers += 1
        self.agency = agency
        self.random = agency.random
        self.id = f"{agency.seed}-{agency.dossiers}"
        self.opened = opened
        number = f"{opened.year}-{agency.dossiers:07}"
        given = {name: _text(value) for name, value in fields.items() if value is not None}
        self.lines: list[Line] = [
            {"type": "dossier", "id": self.id, "purpose": purpose, "number": number, **given}
        ]
        self.source = "client" if fields.get("client") else SOURCES.get(purpose, "person")
        self.people = 0
        self.until = fields.get("closed_on") or agency.today
        self.consents = 0

    def person(self, made: Made, category: str, **identity: Any) -> str:
        """Add somebody, with what of the identity differs here; return the involvement's id."""
        self.people += 1
        pk = f"{self.id}.{self.people}"
        self.lines.append(
            {
                "type": "involvement",
                "id": pk,
                "dossier": self.id,
                "person": f"{self.agency.seed}-{made.number}",
                "category": category,
                "identity": made.identity
                | {"source": self.source, "collected_on": self.opened.isoformat()}
                | identity,
            }
        )
        return pk

    def day(self, soonest: int = 0, latest: int = 200) -> date:
        """Return a day some time after the opening, before the end."""
        span = max(0, min((self.until - self.opened).days, latest))
        return self.opened + timedelta(
            days=min(span, soonest) + int(self.random.random() * max(1, span - soonest))
        )

    def moment(self) -> str:
        day = min(self.day(), self.agency.today - timedelta(days=1))
        clock = time(8 + int(self.random.random() * 10), int(self.random.random() * 60))
        return datetime.combine(day, clock, AMSTERDAM).isoformat()

    def add(self, line_type: str, involvement: str, /, **fields: Any) -> str:
        pk = f"{involvement}.{len(self.lines)}"
        given = {name: _text(value) for name, value in fields.items() if value is not None}
        self.lines.append({"type": line_type, "id": pk, "involvement": involvement, **given})
        return pk

    def record(
        self,
        involvement: str,
        data_category: str,
        source: str,
        basis: str,
        content: Line,
        **fields: Any,
    ) -> None:
        fields = {"collected_on": self.day(latest=60)} | fields
        if source == "person":
            fields["provided_by_subject"] = True
        self.add(
            "record",
            involvement,
            data_category=data_category,
            source=source,
            basis=basis,
            content=content,
            **fields,
        )

    def contact(self, involvement: str, choices: tuple[tuple[str, str, str], ...]) -> None:
        direction, channel, note = self.random.choice(choices)
        self.add(
            "contact_event",
            involvement,
            direction=direction,
            channel=channel,
            happened_at=self.moment(),
            note=note,
        )

    def disclose(
        self, involvement: str, recipient: str, role: str, *data: str, **fields: Any
    ) -> None:
        self.add(
            "disclosure",
            involvement,
            recipient=recipient,
            role=role,
            purpose=self.lines[0]["purpose"],
            data_categories=list(data),
            disclosed_on=self.day(10),
            reason=texts.DISCLOSURES[role],
            **fields,
        )

    def notice(self, involvement: str, share: float = 0.92) -> None:
        """Tell the person, mostly: some were forgotten, for the desk to find."""
        if self.random.random() < share:
            sent = min(
                self.opened + timedelta(days=int(self.random.random() * 20)), self.agency.today
            )
            self.add(
                "first_contact_notice",
                involvement,
                sent_on=sent,
                channel="letter",
                statement_version=STATEMENT,
                objection_shown_apart=self.random.random() < 0.97,
            )


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

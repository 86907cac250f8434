"""Lines for the door that look like a Dutch agency's, as many as one likes.

    for line in generate(2_000, seed=1, today=date.today()): ...

The same arguments give the same lines, in bounded memory: a person is made anew from a number
wherever he or she comes back. Of 300,000 people about 500,000 dossiers, 650,000 involvements and
2,600,000 records. The first few people are the cast: with them every state occurs however few
people are asked for. docs/demo.md tells which.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from desk.demo import organisations as known
from desk.demo import texts
from desk.demo.organisations import CLIENTS, Client, organisation_lines
from desk.demo.people import Made, make_person

Line = dict[str, Any]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STATEMENT = "2026-11"
KEPT_YEARS = 5
# How far a collection case has come, in how many of a hundred.
STAGES = {
    "open": 37.5,
    "closed": 52.5,
    "soon": 3.0,
    "today": 1.0,
    "overdue": 1.5,
    "reopened": 4.5,
}
# Why we know somebody, in how many of a hundred.
PARTS = {
    "debtor": 78.0,
    "invoice": 6.0,
    "client_contact": 4.0,
    "prospect": 5.0,
    "guarantor": 3.5,
    "authority": 1.5,
    "supplier": 2.0,
}
CAST = (
    *(("debtor", stage) for stage in STAGES),
    ("debtor", "health"),
    ("debtor", "withdrawn"),
    ("debtor", "criminal"),
    ("debtor", "insolvent"),
    ("debtor", "abroad"),
    ("debtor", "far abroad"),
    ("debtor", "court"),
    *((part, "") for part in PARTS if part != "debtor"),
    ("client_contact", "settlement missing"),
    ("prospect", "unsubscribed"),
    ("prospect", "consent withdrawn"),
    ("prospect", "contact missing"),
    ("prospect", "soon"),
    ("guarantor", "reported"),
    ("guarantor", "transaction missing"),
    ("books", "year missing"),
)


def generate(subjects: int, *, seed: int = 1, today: date) -> Iterator[Line]:
    """Yield the lines of `subjects` people, organisations first."""
    yield from organisation_lines()
    agency = _Agency(subjects, seed, today)
    for number in range(subjects):
        yield from agency.subject(number)


def back(day: date, years: int) -> date:
    """Return the same day so many years before; 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class _Dossier:
    """A dossier while its lines are made: ids, and what comes back in all of them."""

    def __init__(self, agency: "_Agency", purpose: str, opened: date, **fields: Any) -> None:
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
                "identity": made.identity | identity,
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


class _Agency:
    """All dossiers of a run; counts them, and draws from one source of chance for each person."""

    def __init__(self, subjects: int, seed: int, today: date) -> None:
        self.subjects = subjects
        self.seed = seed
        self.today = today
        self.random = Random()
        self.people = Random()
        self.dossiers = 0
        self.parts: dict[str, Callable[[Made, str], Iterator[_Dossier]]] = {
            "debtor": self.debtor,
            "invoice": self.invoice_phase,
            "client_contact": self.client_contact,
            "prospect": self.prospect,
            "guarantor": self.guarantor,
            "authority": self.authority,
            "supplier": self.supplier,
            "books": self.books_alone,
        }

    def subject(self, number: int) -> Iterator[Line]:
        """Yield the lines of all dossiers that are this person's."""
        self.random.seed(self.seed * 2**34 + number)
        part, state = CAST[number] if number < len(CAST) else (self.draw(PARTS), "")
        made = self.person(number)
        for dossier in self.parts[part](made, state):
            yield from dossier.lines
        if part == "debtor" and made.identity["emails"] and self.random.random() < 0.01:
            yield {
                "type": "suppression",
                "id": f"{self.seed}-{number}",
                "kind": "email",
                "value": made.identity["emails"][0],
                "purpose": "MKT",
                "since": self.ago(30, 900).isoformat(),
            }

    def person(self, number: int) -> Made:
        return make_person(number, self.seed, self.people)

    def somebody_else(self, made: Made) -> Made | None:
        """Return who lives at the same address, or anybody; None where there is nobody else."""
        other = made.number ^ 1
        if self.random.random() < 0.4 or other >= self.subjects:
            other = int(self.random.random() * self.subjects)
        return None if other == made.number else self.person(other)

    def draw(self, odds: dict[str, float]) -> str:
        return self.random.choices(list(odds), weights=list(odds.values()))[0]

    def ago(self, least: int, most: int) -> date:
        return self.today - timedelta(days=least + int(self.random.random() * (most - least)))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- debtors ------------------------------------------------------------------------

    def debtor(self, made: Made, state: str) -> Iterator[_Dossier]:
        yield self.collection(made, state or self.draw(STAGES))
        while self.chance(0.42):
            kind = self.random.random()
            if kind < 0.55:
                yield self.collection(made, self.draw(STAGES))
            elif kind < 0.82:
                yield self.books(made, "debtor")
            elif kind < 0.92:
                yield self.statistics(made)
            else:
                yield from self.invoice_phase(made, "")

    def collection(self, made: Made, state: str) -> _Dossier:
        """A case of collection; `state` is a stage, or something special in an open case."""
        opened, closed, reopened = self.span(state)
        client = self.random.choice(CLIENTS)
        dossier = _Dossier(
            self,
            "COL",
            opened,
            phase="collection",
            client=client.id,
            opened_on=opened,
            closed_on=closed,
            reopened_on=reopened,
        )
        debtor = self._debtor(dossier, made)
        self.debt(dossier, debtor, client, is_open=closed is None or reopened is not None)
        self.circumstances(dossier, debtor)
        self.special(dossier, debtor, state)
        self.steps(dossier, debtor, client, state)
        if self.chance(0.46) and (other := self.somebody_else(made)):
            self.second(dossier, other)
        return dossier

    def _debtor(self, dossier: _Dossier, made: Made) -> str:
        # What was known when the case began: an older address, in one case of seven.
        former: Line = {"addresses": [made.former_address]} if self.chance(0.15) else {}
        checked = {"verified_on": self.ago(1, 700).isoformat()} if self.chance(0.6) else {}
        pk = dossier.person(made, "debtor", **former)
        dossier.lines[-1] |= checked
        return pk

    def span(self, state: str) -> tuple[date, date | None, date | None]:
        """Return when a case was opened, closed and reopened, for the stage it is to be in."""
        if state not in STAGES or state == "open":
            return self.ago(20, 900), None, None
        # Kept until the same day five years on; due the day after.
        due = {
            "closed": lambda: self.today + timedelta(days=30 + int(self.random.random() * 1700)),
            "soon": lambda: self.today + timedelta(days=1 + int(self.random.random() * 14)),
            "today": lambda: self.today,
            "overdue": lambda: self.ago(1, 45),
            "reopened": lambda: self.today + timedelta(days=400 + int(self.random.random() * 1300)),
        }[state]()
        closed = back(due - timedelta(days=1), KEPT_YEARS)
        opened = closed - timedelta(days=30 + int(self.random.random() * 700))
        if state != "reopened":
            return opened, closed, None
        return (
            opened,
            closed,
            min(closed + timedelta(days=20 + int(self.random.random() * 300)), self.today),
        )

    def debt(self, dossier: _Dossier, debtor: str, client: Client, *, is_open: bool) -> None:
        random = self.random
        # Small debts are the most common.
        amount = client.lowest + (client.highest - client.lowest) * random.random() ** 3
        costs = min(max(40.0, amount * 0.15), 375 + max(0.0, amount - 2500) * 0.1)
        paid = amount * random.choice((0, 0, 0, 0.1, 0.25, 0.5)) if is_open else amount + costs
        invoiced = dossier.opened - timedelta(days=45 + int(random.random() * 120))
        number = f"F{invoiced.year}-{int(random.random() * 10**6):06}"
        dossier.record(
            debtor,
            "debt",
            "client",
            "6.1.f",
            {
                "description": random.choice(texts.DEBTS[client.trade]),
                "invoice_number": number,
                "date": invoiced.isoformat(),
                "due_on": (invoiced + timedelta(days=30)).isoformat(),
                "principal": f"{amount:.2f}",
                "interest": f"{amount * 0.03 * random.random():.2f}",
                "costs": f"{costs:.2f}",
                "paid": f"{paid:.2f}",
                "currency": "EUR",
            },
            source_organisation=client.id,
            collected_on=dossier.opened,
        )
        dossier.record(
            debtor,
            "agreement",
            "client",
            "6.1.b",
            {
                "text": texts.AGREEMENTS[client.trade],
                "reference": f"K{int(random.random() * 10**7):07}",
            },
            source_organisation=client.id,
            collected_on=dossier.opened,
        )
        dossier.record(
            debtor,
            "contact",
            "address_provider" if self.chance(0.4) else "client",
            "6.1.f",
            {
                "kind": "Adres",
                "outcome": random.choice(("bevestigd", "gewijzigd", "brief kwam terug")),
            },
        )
        if paid:
            instalment = max(15.0, paid / (1 + int(random.random() * 6)))
            dossier.record(
                debtor,
                "debt",
                "person",
                "6.1.f",
                {
                    "kind": "Betalingsregeling",
                    "amount": f"{instalment:.2f}",
                    "text": "per maand, op de dag na ontvangst van het inkomen",
                    "status": "loopt" if is_open else "afgerond",
                },
            )

    def circumstances(self, dossier: _Dossier, debtor: str) -> None:
        random = self.random
        if self.chance(0.4):
            dossier.record(
                debtor,
                "finances",
                "person",
                "6.1.f",
                {
                    "kind": random.choice(texts.INCOMES),
                    "income": f"{900 + int(random.random() * 2400)}.00",
                    "employer": random.choice(texts.EMPLOYERS),
                },
            )
        if self.chance(0.3):
            dossier.record(
                debtor, "living", "person", "6.1.f", {"text": random.choice(texts.LIVING)}
            )
        for _ in range(1 + self.chance(0.3)):
            dossier.record(
                debtor,
                "correspondence",
                "own",
                "6.1.f",
                {"kind": "Brief", "text": random.choice(texts.LETTERS)},
            )
        if self.chance(0.35):
            dossier.record(
                debtor,
                "score",
                "own",
                "6.1.f",
                {
                    "score": 1 + int(random.random() * 10),
                    "text": "Kans op betaling binnen drie maanden",
                },
            )
        for share in (0.75, 0.4, 0.15):
            if self.chance(share):
                dossier.contact(debtor, texts.CONTACTS)

    def special(self, dossier: _Dossier, debtor: str, state: str) -> None:
        """Health, criminal and insolvency data, each with what makes them lawful."""
        random = self.random
        drawn = state if state in ("health", "withdrawn", "criminal", "insolvent") else ""
        if not drawn:
            drawn = self.draw(
                {"": 95.2, "health": 1.2, "withdrawn": 0.4, "criminal": 0.7, "insolvent": 2.5}
            )
        if drawn in ("health", "withdrawn"):
            given = dossier.day(latest=90)
            withdrawn = dossier.day(100, 150) if drawn == "withdrawn" else None
            if withdrawn and withdrawn < given:
                withdrawn = given
            consent = dossier.add(
                "consent",
                debtor,
                purpose="COL",
                given_on=given,
                withdrawn_on=withdrawn,
                proof=texts.HEALTH_CONSENT,
            )
            dossier.record(
                debtor,
                "health",
                "person",
                "9.2.a",
                {"text": random.choice(texts.HEALTH)},
                consent=consent,
                special={"ground": "9.2.a", "case": dossier.id, "approver": "mw-0117"},
                collected_on=given,
            )
        elif drawn == "criminal":
            dossier.record(
                debtor,
                "criminal",
                "client",
                "10",
                {"text": random.choice(texts.CRIMINAL)},
                special={"ground": "10", "case": dossier.id, "approver": "mw-0117"},
            )
        elif drawn == "insolvent":
            removed = self.ago(0, 20) if self.chance(0.2) else None
            dossier.record(
                debtor,
                "insolvency",
                "insolvency_register",
                "6.1.f",
                {
                    "kind": random.choice(
                        ("Wettelijke schuldsanering", "Faillissement", "Surseance van betaling")
                    ),
                    "number": f"R.{dossier.opened.year % 100:02}/{int(random.random() * 900)}",
                    "status": "niet meer in het register" if removed else "lopend",
                },
                register_removed_on=removed,
            )

    def steps(self, dossier: _Dossier, debtor: str, client: Client, state: str) -> None:
        """What was decided, and who was told."""
        random = self.random
        dossier.notice(debtor)
        if self.chance(0.45):
            self.choose_letter(dossier, debtor)
        if self.chance(0.3):
            dossier.disclose(debtor, client.id, "client", "identity", "debt")
        if self.chance(0.25):
            dossier.disclose(debtor, known.PRINTER, "processor", "identity", "contact", "debt")
        if self.chance(0.2):
            dossier.disclose(debtor, known.ADDRESSES, "address_provider", "identity", "contact")
        if self.chance(0.12):
            dossier.disclose(debtor, known.BANK, "bank", "identity", "debt")
        if state == "court" or self.chance(0.1):
            self.go_to_court(dossier, debtor)
        if state in ("abroad", "far abroad") or self.chance(0.02):
            far = state == "far abroad" or (state != "abroad" and random.random() < 0.4)
            where: dict[str, str] = (
                {"country": "TR", "mechanism": "46.2.c"} if far else {"country": "DE"}
            )
            agency = known.OUTSIDE_EEA if far else known.INSIDE_EEA
            dossier.disclose(
                debtor, agency, "foreign_agency", "identity", "contact", "debt", **where
            )

    def choose_letter(self, dossier: _Dossier, debtor: str) -> None:
        late, score = 20 + int(self.random.random() * 100), 1 + int(self.random.random() * 10)
        gentle = score > 4
        dossier.add(
            "automated_decision",
            debtor,
            kind="letter_choice",
            rule_version="brieven-7",
            decided_at=dossier.moment(),
            inputs={"dagen te laat": late, "score": score, "eerder contact": self.chance(0.5)},
            weights={"dagen te laat": 0.5, "score": 0.4, "eerder contact": 0.1},
            result="brief met voorstel voor een regeling"
            if gentle
            else "brief met laatste termijn",
            effect="U kreeg deze brief en niet een andere.",
            would_change="Met een lagere score was het de andere brief geworden."
            if gentle
            else "Met een hogere score had u een voorstel voor een regeling gekregen.",
        )

    def go_to_court(self, dossier: _Dossier, debtor: str) -> None:
        bailiff = self.random.choice(known.BAILIFFS)
        dossier.disclose(debtor, known.BUREAU, "credit_bureau", "identity", "contact")
        dossier.add(
            "automated_decision",
            debtor,
            kind="legal_step",
            rule_version="stappen-4",
            decided_at=dossier.moment(),
            confirmed_by=f"mw-{self.random.choice((104, 131, 231, 245)):04}",
            inputs={
                "bedrag": "boven 250 euro",
                "reactie op brieven": "geen",
                "register": "geen insolventie",
            },
            result="dagvaarding voorgesteld",
            effect="Een medewerker heeft dit bevestigd; het dossier ging naar de deurwaarder.",
            would_change="Bij een reactie of een regeling was geen dagvaarding voorgesteld.",
        )
        dossier.disclose(debtor, bailiff, "adviser", "identity", "contact", "debt", "agreement")
        if self.chance(0.6):
            dossier.disclose(debtor, known.COURT, "authority", "identity", "debt")
            dossier.record(
                debtor,
                "attachment",
                "authority",
                "6.1.c",
                {
                    "kind": "Beslag op loon",
                    "amount": f"{80 + int(self.random.random() * 400)}.00",
                    "employer": self.random.choice(texts.EMPLOYERS),
                    "status": "gelegd",
                },
            )

    def second(self, dossier: _Dossier, other: Made) -> None:
        """Somebody else in the same case: jointly liable, representative, or otherwise bound."""
        category = self.draw({"co_liable": 55, "representative": 30, "obligated_party": 15})
        pk = dossier.person(other, category)
        dossier.record(
            pk,
            "contact",
            "person" if category == "representative" else "client",
            "6.1.f",
            {
                "kind": {
                    "co_liable": "Medecontractant",
                    "representative": self.random.choice(
                        ("Bewindvoerder", "Curator", "Gemachtigde")
                    ),
                    "obligated_party": "Werkgever die beslag uitvoert",
                }[category]
            },
        )
        if category == "co_liable":
            dossier.record(
                pk, "agreement", "client", "6.1.b", {"text": "Heeft de overeenkomst mede getekend"}
            )
        if self.chance(0.5):
            dossier.record(
                pk, "correspondence", "own", "6.1.f", {"kind": "Brief", "text": texts.LETTERS[0]}
            )
        if self.chance(0.3):
            dossier.contact(pk, texts.CONTACTS)
        dossier.notice(pk, 0.8)

    def invoice_phase(self, made: Made, state: str) -> Iterator[_Dossier]:
        """An invoice that we send for the client, as its processor."""
        client = self.random.choice(CLIENTS)
        opened = self.ago(5, 60)
        dossier = _Dossier(self, "INV", opened, phase="invoice", client=client.id, opened_on=opened)
        debtor = dossier.person(made, "debtor")
        amount = client.lowest + (client.highest - client.lowest) * self.random.random() ** 3
        for category, content in (
            (
                "invoice",
                {
                    "description": self.random.choice(texts.DEBTS[client.trade]),
                    "amount": f"{amount:.2f}",
                },
            ),
            ("agreement", {"text": texts.AGREEMENTS[client.trade]}),
        ):
            dossier.record(
                debtor,
                category,
                "client",
                "6.1.b",
                content,
                source_organisation=client.id,
                collected_on=opened,
            )
        if self.chance(0.5):
            dossier.contact(debtor, texts.CONTACTS[-5:-3])
        yield dossier

    def statistics(self, made: Made) -> _Dossier:
        """What we learn from cases: a score, kept apart from the case itself."""
        last = self.ago(10, 1000)
        dossier = _Dossier(self, "DEV", last, last_contact_on=last)
        pk = dossier.person(made, "debtor", emails=[], phones=[], ibans=[])
        dossier.record(
            pk,
            "score",
            "own",
            "6.1.f",
            {
                "score": 1 + int(self.random.random() * 10),
                "text": "Betaalgedrag, groep van vergelijkbare dossiers",
            },
            collected_on=last,
        )
        return dossier

    # --- books --------------------------------------------------------------------------

    def books(self, made: Made, category: str, *, year: int | None = None) -> _Dossier:
        """The bookkeeping of one financial year, with no more than the invoice needs."""
        year = year or self.today.year - 1 - int(self.random.random() * 7)
        if self.chance(0.02):
            year = self.today.year - 8
        # Some companies close their books in the autumn.
        return self._books(made, category, date(year, *((9, 30) if self.chance(0.1) else (12, 31))))

    def books_alone(self, made: Made, state: str) -> Iterator[_Dossier]:
        yield self._books(made, "debtor", None)

    def _books(self, made: Made, category: str, ended: date | None) -> _Dossier:
        booked = (ended or back(self.today, 1)) - timedelta(days=int(self.random.random() * 300))
        dossier = _Dossier(self, "ACC", booked, financial_year_ended_on=ended)
        dossier.until = booked + timedelta(days=40)
        pk = dossier.person(made, category, birth_date=None, phones=[])
        for kind in ("Ontvangst", "Doorbetaling aan de klant")[: 1 + self.chance(0.5)]:
            dossier.record(
                pk,
                "invoice",
                "own",
                "6.1.c",
                {
                    "kind": kind,
                    "invoice_number": f"B{booked.year}-{int(self.random.random() * 10**6):06}",
                    "amount": f"{20 + self.random.random() ** 3 * 1500:.2f}",
                    "date": booked.isoformat(),
                },
                collected_on=booked,
            )
        if self.chance(0.3):
            dossier.disclose(pk, known.BANK, "bank", "identity", "invoice")
        return dossier

    # --- the client's side --------------------------------------------------------------

    def relation(self, made: Made, category: str, state: str) -> _Dossier:
        """A relation with a client or supplier: running, ended, or ended and not settled."""
        opened = self.ago(400, 3000)
        ended = settled = None
        if state == "settlement missing" or self.chance(0.05):
            ended = self.ago(30, 380)
        elif self.chance(0.35):
            due = self.today + timedelta(days=int(self.random.random() * 1500) - 10)
            settled = back(due - timedelta(days=1), KEPT_YEARS)
            ended = settled - timedelta(days=int(self.random.random() * 90))
            opened = ended - timedelta(days=200 + int(self.random.random() * 1500))
        dossier = _Dossier(
            self, "CLI", opened, relation_ended_on=ended, mutual_claims_settled_on=settled
        )
        dossier.until = min(ended or self.today, self.today)
        pk = dossier.person(made, category, birth_date=None, ibans=[])
        dossier.record(
            pk,
            "contact",
            "client",
            "6.1.f",
            {"kind": "Contactpersoon", "employer": self.random.choice(CLIENTS).name},
            collected_on=opened,
        )
        dossier.record(
            pk,
            "agreement",
            "own",
            "6.1.b",
            {"text": "Dienstverleningsovereenkomst incasso, jaarlijks verlengd"},
        )
        if self.chance(0.6):
            dossier.record(
                pk,
                "correspondence",
                "own",
                "6.1.f",
                {"text": "Verslag van het jaargesprek over tarieven"},
            )
        for _ in range(2):
            dossier.contact(pk, texts.CLIENT_CONTACTS)
        dossier.notice(pk, 0.85)
        return dossier

    def client_contact(self, made: Made, state: str) -> Iterator[_Dossier]:
        yield self.relation(made, "client_contact", state)
        if self.chance(0.5):
            yield self.books(made, "client_contact")
        if self.chance(0.4):
            yield self.marketing(made, "client_contact", "")

    def supplier(self, made: Made, state: str) -> Iterator[_Dossier]:
        yield self.relation(made, "supplier_contact", state)
        if self.chance(0.5):
            yield self.books(made, "supplier_contact")

    def prospect(self, made: Made, state: str) -> Iterator[_Dossier]:
        yield self.marketing(made, "prospect_contact", state)

    def marketing(self, made: Made, category: str, state: str) -> _Dossier:
        last: date | None = self.marketing_contact(state)
        began = (last or self.today) - timedelta(days=100 + int(self.random.random() * 300))
        unsubscribed = withdrawn = None
        if state == "contact missing" or (not state and self.chance(0.03)):
            last = None
        elif state == "unsubscribed" or (not state and self.chance(0.06)):
            unsubscribed = self.today
        elif state == "consent withdrawn" or (not state and self.chance(0.02)):
            withdrawn = self.today
        dossier = _Dossier(self, "MKT", began, last_contact_on=last, unsubscribed_on=unsubscribed)
        dossier.until = last or began + timedelta(days=60)
        company = self.random.choice(texts.COMPANIES)
        pk = dossier.person(made, category, birth_date=None, addresses=[], ibans=[])
        consent = None
        if withdrawn or self.chance(0.3):
            consent = dossier.add(
                "consent",
                pk,
                purpose="MKT",
                given_on=began,
                withdrawn_on=withdrawn,
                proof="Aangevinkt op het formulier van de vakbeurs: ja, stuur mij de nieuwsbrief.",
            )
        dossier.record(
            pk,
            "marketing",
            "person" if consent else "own",
            "6.1.a" if consent else "6.1.f",
            {"topic": self.random.choice(texts.INTERESTS), "employer": company},
            consent=consent,
            collected_on=began,
        )
        if last:
            dossier.contact(pk, texts.PROSPECT_CONTACTS[2:])
        dossier.notice(pk, 0.85)
        return dossier

    def marketing_contact(self, state: str) -> date:
        """Return the last contact: mostly some time ago, sometimes just three years."""
        if state == "soon" or self.chance(0.06):
            due = self.today + timedelta(days=1 + int(self.random.random() * 13))
            return back(due - timedelta(days=1), 3)
        return self.ago(20, 1000)

    def guarantor(self, made: Made, state: str) -> Iterator[_Dossier]:
        """Who stands surety for a client, or is a partner in it: money, and where it comes from."""
        category = self.random.choice(("guarantor", "partner"))
        opened = self.ago(300, 2500)
        ended = settled = None
        if self.chance(0.3):
            ended = settled = opened + timedelta(days=int(self.random.random() * 250))
        dossier = _Dossier(
            self, "CRD", opened, relation_ended_on=ended, mutual_claims_settled_on=settled
        )
        pk = dossier.person(made, category)
        dossier.record(
            pk,
            "finances",
            "person",
            "6.1.b",
            {"kind": "Borgstelling", "amount": f"{5 * (1 + int(self.random.random() * 40))}000.00"},
        )
        dossier.record(
            pk,
            "score",
            "credit_bureau",
            "6.1.b",
            {"score": 1 + int(self.random.random() * 10), "text": "Toets"},
        )
        dossier.disclose(pk, known.BUREAU, "credit_bureau", "identity", "contact")
        dossier.notice(pk, 0.85)
        yield dossier
        if state or self.chance(0.6):
            yield self.money_laundering(made, category, state)

    def money_laundering(self, made: Made, category: str, state: str) -> _Dossier:
        opened = self.ago(200, 2200)
        entered = state != "transaction missing" and self.chance(0.7)
        ended = transaction = reported = None
        if state == "reported" or self.chance(0.05):
            reported = min(opened + timedelta(days=90), self.today)
        if entered and self.chance(0.4):
            ended = min(opened + timedelta(days=150 + int(self.random.random() * 900)), self.today)
        elif not entered and state != "transaction missing":
            transaction = opened
        dossier = _Dossier(
            self,
            "AML",
            opened,
            has_business_relationship=entered,
            relationship_ended_on=ended,
            transaction_on=transaction,
            unusual_report_on=None if state == "transaction missing" else reported,
        )
        pk = dossier.person(made, category)
        dossier.record(
            pk,
            "screening",
            "own",
            "6.1.c",
            {
                "kind": "Uiteindelijk belanghebbende",
                "outcome": "geen treffer op sanctielijsten",
                "status": "laag risico",
            },
        )
        dossier.record(
            pk,
            "finances",
            "person",
            "6.1.c",
            {"text": "Herkomst van het vermogen: verkoop van een bedrijf"},
        )
        if reported:
            dossier.record(
                pk,
                "unusual_report",
                "own",
                "6.1.c",
                {"kind": "Melding ongebruikelijke transactie", "date": reported.isoformat()},
                collected_on=reported,
            )
        return dossier

    def authority(self, made: Made, state: str) -> Iterator[_Dossier]:
        opened = self.ago(100, 1500)
        closed = opened + timedelta(days=80) if self.chance(0.5) else None
        dossier = _Dossier(self, "AUT", opened, opened_on=opened, closed_on=closed)
        pk = dossier.person(made, "authority_contact", birth_date=None, addresses=[], ibans=[])
        dossier.record(
            pk,
            "contact",
            "authority",
            "6.1.e",
            {"kind": "Griffier", "employer": "Rechtbank Laagland"},
        )
        for _ in range(2):
            dossier.contact(pk, texts.AUTHORITY_CONTACTS)
        yield dossier


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

"""A Dutch agency that does not exist, as lines for the door: people, cases, books, checks.

Deterministic for number of subjects, seed and day, and one person at a time, so that a million
are made in as little memory as ten.
"""

import random
from collections.abc import Generator, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.demo.people import Person, person, pools
from policy.calendars import add_months

Line = dict[str, Any]
Lines = Iterator[Line]
# Lines, and then the name of what they made.
Named = Generator[Line, None, str]
ZONE = ZoneInfo("Europe/Amsterdam")
CLIENTS = 40
BRANCHES = ("telecom", "energie", "webwinkel", "zorgverzekeraar", "verhuurder", "sportschool")
OTHERS: tuple[Line, ...] = (
    {"id": "bailiff", "name": "Gerechtsdeurwaarders Van Loon", "roles": ["adviser"]},
    {"id": "lawyer", "name": "Advocatenkantoor De Wit", "roles": ["adviser"]},
    {"id": "bank", "name": "Polderbank", "roles": ["bank"]},
    {"id": "address", "name": "AdresCheck", "roles": ["address_provider"]},
    {"id": "bureau", "name": "Kredietbureau Noordzee", "roles": ["credit_bureau"]},
    {"id": "court", "name": "Rechtbank Amsterdam", "roles": ["authority"]},
    {"id": "mailer", "name": "Drukkerij Maas", "roles": ["processor"]},
    {"id": "agency-be", "name": "Incassobureau Schelde", "country": "BE"},
    {"id": "agency-tr", "name": "Alacak Takip A.Ş.", "country": "TR"},
)
NOTES = (
    "Belt terug over een betalingsregeling. Kan vanaf de 25e betalen.",
    "Vraagt om een kopie van de factuur. Toegestuurd met de post.",
    "Zegt dat het abonnement al was opgezegd. Nagevraagd bij de klant.",
    "Herinnering gestuurd. Betaling binnen veertien dagen gevraagd.",
    "Aanmaning gestuurd met de kosten volgens de wet.",
    "Wil liever per e-mail contact. Genoteerd.",
)
DEBTS = ("telefoonabonnement", "energierekening", "bestelling", "premie", "huur", "lidmaatschap")


def generate(subjects: int, *, seed: int = 1, today: date) -> Lines:
    """Yield the lines of a registry with about this many people."""
    yield from _organisations(seed)
    for number in range(subjects):
        dice = random.Random(f"{seed}:life:{number}")
        yield from _Life(number, subjects, seed, today, dice).lines()


def _organisations(seed: int) -> Lines:
    names = pools(seed).companies
    for number in range(CLIENTS):
        yield {
            "type": "organisation",
            "id": f"client-{number}",
            "name": f"{names[number % len(names)]} ({BRANCHES[number % len(BRANCHES)]})",
            "is_client": True,
            "roles": ["client"],
        }
    for other in OTHERS:
        foreign = {"roles": ["foreign_agency"]} if other["id"].startswith("agency") else {}
        yield {"type": "organisation", **other, **foreign}


class _Life:
    """One person's dossiers, and who stands beside them."""

    def __init__(
        self, number: int, subjects: int, seed: int, today: date, dice: random.Random
    ) -> None:
        self.number, self.subjects, self.seed = number, subjects, seed
        self.today, self.dice = today, dice
        self.person = person(number, seed=seed, today=today)
        self.dossiers = 0

    def lines(self) -> Lines:
        chance = self.dice.random()
        if chance < 0.80:
            for _ in range(self.dice.choices((1, 2, 3, 4), (52, 30, 12, 6))[0]):
                yield from self._case()
            if self.dice.random() < 0.12:
                yield from self._books()
        elif chance < 0.88:
            yield from self._relation("guarantor" if chance < 0.84 else "partner")
        elif chance < 0.94:
            yield from self._marketing()
        elif chance < 0.97:
            yield from self._contact("client_contact", "CLI")
        else:
            yield from self._contact("authority_contact", "AUT")

    # --- the kinds of dossiers ------------------------------------------------------------

    def _case(self) -> Lines:
        """A claim: in the invoice phase, open, closed, reopened; some due, some overdue."""
        dice = self.dice
        opened = self._ago(30, 9 * 365)
        client = f"client-{dice.randrange(CLIENTS)}"
        anchors: Line = {"purpose": "COL", "phase": "collection", "client": client}
        chance = dice.random()
        if chance < 0.08:
            opened = self._ago(5, 60)
            anchors |= {"purpose": "INV", "phase": "invoice"}
        elif chance < 0.62:
            closed = self._closing(opened)
            opened = min(opened, closed - timedelta(days=90))
            anchors |= {"closed_on": closed.isoformat()}
            if dice.random() < 0.04:
                anchors |= {"reopened_on": min(closed + timedelta(200), self.today).isoformat()}
        anchors |= {"opened_on": opened.isoformat()}
        name = yield from self._dossier(anchors)
        invoice_phase = anchors["purpose"] == "INV"
        people = [(self.person, "debtor")]
        if dice.random() < 0.3:
            people.append((self._other(), dice.choice(("co_liable", "representative"))))
        for turn, (who, category) in enumerate(people):
            involvement = yield from self._involvement(name, who, category)
            if invoice_phase:
                yield from self._records_of_invoice(involvement, opened)
            elif turn == 0:
                yield from self._records_of_case(involvement, opened, client, name)
            else:
                yield from self._records_of_another(involvement, opened, client)

    def _closing(self, opened: date) -> date:
        """Return when a case was closed: mostly within the period, sometimes just at its end."""
        dice = self.dice
        chance = dice.random()
        ended = add_months(self.today, -60)
        if chance < 0.03:
            # Due today: its period ended yesterday.
            return ended - timedelta(days=1)
        if chance < 0.06:
            return ended + timedelta(days=dice.randint(0, 13))
        if chance < 0.08:
            return ended - timedelta(days=dice.randint(2, 200))
        return (
            min(opened + timedelta(days=dice.randint(90, 900)), self.today)
            if (opened > ended)
            else ended + timedelta(days=dice.randint(20, 1800))
        )

    def _books(self) -> Lines:
        year = self.today.year - self.dice.randint(0, 9)
        name = yield from self._dossier(
            {"purpose": "ACC", "financial_year_ended_on": f"{year}-12-31"}
            if year < self.today.year
            else {"purpose": "ACC"}
        )
        involvement = yield from self._involvement(name, self.person, "debtor")
        on = date(min(year, self.today.year - 1), 3, 14)
        yield self._record(
            involvement,
            "invoice",
            "own",
            "6.1.c",
            on,
            {
                "invoice": f"F{year}-{self.number}",
                "amount": self._amount(),
            },
        )

    def _relation(self, category: str) -> Lines:
        """A guarantor or partner of a client: the relation, solvency, and the check."""
        anchors: Line = {"purpose": "CRD"}
        chance = self.dice.random()
        if chance < 0.4:
            ended = self._ago(60, 7 * 365)
            anchors |= {"relation_ended_on": ended.isoformat()}
            if chance < 0.33:
                settled = min(ended + timedelta(days=40), self.today)
                anchors |= {"mutual_claims_settled_on": settled.isoformat()}
        name = yield from self._dossier(anchors)
        involvement = yield from self._involvement(name, self.person, category)
        on = self._ago(200, 3000)
        yield self._record(
            involvement,
            "finances",
            "person",
            "6.1.b",
            on,
            {
                "income": f"{self.dice.randint(20, 90)}000 euro per jaar",
                "home": "koopwoning",
            },
            provided_by_subject=True,
        )
        yield self._record(
            involvement,
            "score",
            "credit_bureau",
            "6.1.b",
            on,
            {
                "score": self.dice.randint(300, 850),
                "meaning": "kans dat betalingen uitblijven",
            },
            source_organisation="bureau",
        )
        if self.dice.random() < 0.5:
            yield from self._check(category)

    def _check(self, category: str) -> Lines:
        transaction = self._ago(30, 6 * 365)
        anchors: Line = {"purpose": "AML", "transaction_on": transaction.isoformat()}
        if self.dice.random() < 0.5:
            anchors |= {"has_business_relationship": True}
            if self.dice.random() < 0.5:
                anchors |= {"relationship_ended_on": self._ago(30, 1500).isoformat()}
        name = yield from self._dossier(anchors)
        involvement = yield from self._involvement(name, self.person, category)
        yield self._record(
            involvement,
            "screening",
            "own",
            "6.1.c",
            transaction,
            {
                "check": "sanctielijsten en herkomst van geld",
                "result": "geen bijzonderheden",
            },
        )

    def _marketing(self) -> Lines:
        anchors: Line = {"purpose": "MKT"}
        chance = self.dice.random()
        if chance < 0.9:
            anchors |= {"last_contact_on": self._ago(1, 38 * 30).isoformat()}
        if chance < 0.1:
            anchors |= {"unsubscribed_on": self._ago(0, 1).isoformat()}
        name = yield from self._dossier(anchors)
        involvement = yield from self._involvement(name, self.person, "prospect_contact")
        on = self._ago(1, 900)
        yield self._record(
            involvement,
            "marketing",
            "person",
            "6.1.f",
            on,
            {
                "interest": "debiteurenbeheer voor kleine bedrijven",
                "met_at": "beurs in Utrecht",
            },
            provided_by_subject=True,
        )

    def _contact(self, category: str, purpose: str) -> Lines:
        anchors: Line = {"purpose": purpose}
        if self.dice.random() < 0.3:
            ended = self._ago(60, 2500).isoformat()
            anchors |= {"relation_ended_on": ended, "mutual_claims_settled_on": ended}
        name = yield from self._dossier(anchors)
        involvement = yield from self._involvement(name, self.person, category)
        yield self._record(
            involvement,
            "correspondence",
            "person",
            "6.1.f",
            self._ago(5, 900),
            {
                "text": self.dice.choice(NOTES),
            },
            provided_by_subject=True,
        )

    # --- what hangs on an involvement -----------------------------------------------------

    def _records_of_case(self, involvement: str, opened: date, client: str, name: str) -> Lines:
        dice = self.dice
        sort = dice.choice(DEBTS)
        from_client = {"source_organisation": client}
        yield self._record(
            involvement,
            "debt",
            "client",
            "6.1.f",
            opened,
            {
                "amount": self._amount(),
                "what": sort,
                "interest": "wettelijke rente",
            },
            **from_client,
        )
        yield self._record(
            involvement,
            "agreement",
            "client",
            "6.1.b",
            opened,
            {
                "agreement": f"Overeenkomst {sort} van {opened:%d-%m-%Y}",
            },
            **from_client,
        )
        yield self._record(
            involvement,
            "correspondence",
            "own",
            "6.1.f",
            opened,
            {
                "text": f"Aanmaning: wij vragen u {self._amount()} te betalen voor uw {sort}.",
            },
        )
        if dice.random() < 0.5:
            yield self._record(
                involvement,
                "finances",
                "person",
                "6.1.f",
                opened,
                {
                    "income": f"{dice.randint(12, 40)}00 euro per maand",
                    "other_debts": "ja",
                },
                provided_by_subject=True,
            )
        if dice.random() < 0.4:
            yield self._record(
                involvement,
                "score",
                "own",
                "6.1.f",
                opened,
                {
                    "score": dice.choice(("laag", "midden", "hoog")),
                    "model": "betaalkans 3",
                },
            )
        yield from self._rare_records(involvement, opened, name)
        yield from self._disclosures(involvement, opened, client)
        yield from self._events(involvement, opened)
        yield from self._decisions(involvement, opened)

    def _rare_records(self, involvement: str, opened: date, name: str) -> Lines:
        dice = self.dice
        if dice.random() < 0.02:
            extra: Line = {"source_organisation": "court"}
            if dice.random() < 0.4:
                extra |= {"register_removed_on": self._ago(0, 300).isoformat()}
            yield self._record(
                involvement,
                "insolvency",
                "insolvency_register",
                "6.1.f",
                opened,
                {
                    "text": "Schuldsanering uitgesproken",
                },
                **extra,
            )
        if dice.random() < 0.01:
            special = {"ground": "9.2.f", "case": name, "approver": "medewerker-7"}
            yield self._record(
                involvement,
                "health",
                "person",
                "9.2.f",
                opened,
                {
                    "text": "Kon door opname in het ziekenhuis niet op tijd betalen.",
                },
                special=special,
                provided_by_subject=True,
            )
        if dice.random() < 0.01:
            consent = f"{involvement}-c"
            withdrawn = {"withdrawn_on": self.today.isoformat()} if dice.random() < 0.2 else {}
            yield {
                **self._of("consent", consent, involvement),
                "purpose": "COL",
                "given_on": opened.isoformat(),
                "proof": "Formulier met handtekening",
                **withdrawn,
            }
            special = {"ground": "9.2.a", "case": name, "approver": "medewerker-7"}
            yield self._record(
                involvement,
                "health",
                "person",
                "9.2.a",
                opened,
                {
                    "text": "Vraagt rekening te houden met een langdurige ziekte.",
                },
                special=special,
                consent=consent,
                provided_by_subject=True,
            )

    def _disclosures(self, involvement: str, opened: date, client: str) -> Lines:
        dice = self.dice
        chosen = [(client, "client", ["debt"], "NL", "Voortgang van de zaak")]
        if dice.random() < 0.3:
            chosen.append(("bailiff", "adviser", ["identity", "debt"], "NL", "Dagvaarding"))
        if dice.random() < 0.3:
            chosen.append(("address", "address_provider", ["contact"], "NL", "Adres nagaan"))
        if dice.random() < 0.02:
            chosen.append(("agency-be", "foreign_agency", ["debt"], "BE", "Persoon is verhuisd"))
        if dice.random() < 0.01:
            chosen.append(("agency-tr", "foreign_agency", ["debt"], "TR", "Persoon is verhuisd"))
        for turn, (who, role, data, country, reason) in enumerate(chosen):
            yield {
                **self._of("disclosure", f"{involvement}-d{turn}", involvement),
                "recipient": who,
                "role": role,
                "data_categories": data,
                "disclosed_on": self._after(opened, 20 + turn * 30).isoformat(),
                "country": country,
                "reason": reason,
                **({"mechanism": "46.2.c"} if country == "TR" else {}),
            }

    def _events(self, involvement: str, opened: date) -> Lines:
        dice = self.dice
        for turn in range(dice.choices((0, 1, 2), (40, 40, 20))[0]):
            day = self._after(opened, 15 + turn * 25)
            at = datetime.combine(day, time(9 + dice.randrange(8), dice.randrange(60)), ZONE)
            yield {
                **self._of("contact_event", f"{involvement}-e{turn}", involvement),
                "direction": dice.choice(("in", "out")),
                "channel": dice.choice(("phone", "letter", "email")),
                "happened_at": at.isoformat(),
                "note": dice.choice(NOTES),
            }
        if dice.random() < 0.93:
            yield {
                **self._of("first_contact_notice", f"{involvement}-n", involvement),
                "sent_on": self._after(opened, 3).isoformat(),
                "channel": "letter",
                "statement_version": "2026-11",
                "objection_shown_apart": True,
            }

    def _decisions(self, involvement: str, opened: date) -> Lines:
        if self.dice.random() < 0.35:
            legal = self.dice.random() < 0.2
            at = datetime.combine(self._after(opened, 40), time(6, 0), ZONE)
            yield {
                **self._of("automated_decision", f"{involvement}-a", involvement),
                "kind": "legal_step" if legal else "letter_choice",
                "rule_version": "2024.2",
                "decided_at": at.isoformat(),
                **({"confirmed_by": "medewerker-3"} if legal else {}),
                "inputs": {"dagen_open": self.dice.randint(30, 200), "eerder_betaald": "nee"},
                "result": "dagvaarding voorgesteld" if legal else "brief met betalingsregeling",
                "effect": "een medewerker beslist" if legal else "de brief is verstuurd",
                "would_change": "een deelbetaling in de laatste dertig dagen",
            }

    def _records_of_another(self, involvement: str, opened: date, client: str) -> Lines:
        for turn in range(3):
            yield self._record(
                involvement,
                "debt",
                "client",
                "6.1.f",
                opened,
                {
                    "amount": self._amount(),
                    "what": f"aandeel in de schuld, termijn {turn + 1}",
                },
                source_organisation=client,
            )

    def _records_of_invoice(self, involvement: str, opened: date) -> Lines:
        yield self._record(
            involvement,
            "invoice",
            "client",
            "6.1.b",
            opened,
            {
                "invoice": f"K{opened:%Y%m}-{self.number}",
                "amount": self._amount(),
            },
        )

    # --- parts ----------------------------------------------------------------------------

    def _dossier(self, anchors: Line) -> Named:
        name = f"D{self.number}-{self.dossiers}"
        self.dossiers += 1
        self.records = 0
        number = f"{self.today.year - 1}-{self.number:07}-{self.dossiers}"
        yield {"type": "dossier", "id": name, "number": number, **anchors}
        return name

    def _involvement(self, dossier: str, who: Person, category: str) -> Named:
        name = f"{dossier}-{category}"
        yield {
            "type": "involvement",
            "id": name,
            "dossier": dossier,
            "person": f"P{who.number}",
            "category": category,
            "identity": who.identity,
            "verified_on": self._ago(1, 700).isoformat(),
        }
        return name

    def _record(
        self,
        involvement: str,
        category: str,
        source: str,
        basis: str,
        on: date,
        content: Line,
        **extra: Any,
    ) -> Line:
        self.records += 1
        return {
            **self._of("record", f"{involvement}-r{self.records}", involvement),
            "data_category": category,
            "source": source,
            "basis": basis,
            "collected_on": min(on, self.today).isoformat(),
            "content": content,
            **extra,
        }

    def _of(self, kind: str, name: str, involvement: str) -> Line:
        return {"type": kind, "id": name, "involvement": involvement}

    def _other(self) -> Person:
        """Return somebody who lives elsewhere in these data too: the neighbour in numbers."""
        other = self.number ^ 1
        if other >= self.subjects:
            other = max(self.number - 1, 0)
        if other == self.number:
            other = self.subjects
        return person(other, seed=self.seed, today=self.today)

    def _amount(self) -> str:
        return f"{self.dice.randint(20, 2500)},{self.dice.randint(0, 99):02}"

    def _ago(self, least: int, most: int) -> date:
        return self.today - timedelta(days=self.dice.randint(least, most))

    def _after(self, day: date, days: int) -> date:
        return min(day + timedelta(days=days), self.today)

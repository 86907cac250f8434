"""Cases of collection, the invoice phase before them, and the statistics made of them."""

from collections.abc import Iterator
from datetime import date, timedelta

from desk.demo import texts
from desk.demo.books import Books
from desk.demo.circumstances import Circumstances
from desk.demo.days import KEPT_YEARS, attainable, back
from desk.demo.dossier import Dossier, Line
from desk.demo.organisations import CLIENTS, Client
from desk.demo.people import Made
from desk.demo.steps import Steps

# How far a collection case has come, in how many of a hundred.
STAGES = {
    "open": 37.5,
    "closed": 52.5,
    "soon": 3.0,
    "today": 1.0,
    "overdue": 1.5,
    "reopened": 4.5,
}


class Cases(Books, Circumstances, Steps):
    def debtor(self, made: Made, state: str) -> Iterator[Dossier]:
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

    def collection(self, made: Made, state: str) -> Dossier:
        """A case of collection; `state` is a stage, or something special in an open case."""
        opened, closed, reopened = self.span(state)
        client = self.random.choice(CLIENTS)
        dossier = Dossier(
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

    def _debtor(self, dossier: Dossier, made: Made) -> str:
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
            "soon": lambda: attainable(
                self.today + timedelta(days=1 + int(self.random.random() * 13))
            ),
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

    def debt(self, dossier: Dossier, debtor: str, client: Client, *, is_open: bool) -> None:
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
        self._agreed(dossier, debtor, client)
        if paid:
            self._in_parts(dossier, debtor, paid, is_open=is_open)

    def _agreed(self, dossier: Dossier, debtor: str, client: Client) -> None:
        dossier.record(
            debtor,
            "agreement",
            "client",
            "6.1.b",
            {
                "text": texts.AGREEMENTS[client.trade],
                "reference": f"K{int(self.random.random() * 10**7):07}",
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
                "outcome": self.random.choice(("bevestigd", "gewijzigd", "brief kwam terug")),
            },
        )

    def _in_parts(self, dossier: Dossier, debtor: str, paid: float, *, is_open: bool) -> None:
        instalment = max(15.0, paid / (1 + int(self.random.random() * 6)))
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

    def second(self, dossier: Dossier, other: Made) -> None:
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

    def invoice_phase(self, made: Made, state: str) -> Iterator[Dossier]:
        """An invoice that we send for the client, as its processor."""
        client = self.random.choice(CLIENTS)
        opened = self.ago(5, 60)
        dossier = Dossier(self, "INV", opened, phase="invoice", client=client.id, opened_on=opened)
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

    def statistics(self, made: Made) -> Dossier:
        """What we learn from cases: a score, kept apart from the case itself."""
        last = self.ago(10, 1000)
        dossier = Dossier(self, "DEV", last, last_contact_on=last)
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

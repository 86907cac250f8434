"""Everybody who is no debtor: clients, suppliers, prospects, guarantors and authorities."""

from collections.abc import Iterator
from datetime import date, timedelta

from desk.demo import organisations as known
from desk.demo import texts
from desk.demo.books import Books
from desk.demo.days import KEPT_YEARS, attainable, back
from desk.demo.dossier import Dossier
from desk.demo.organisations import CLIENTS
from desk.demo.people import Made


class Relations(Books):
    def relation(self, made: Made, category: str, state: str) -> Dossier:
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
        dossier = Dossier(
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

    def client_contact(self, made: Made, state: str) -> Iterator[Dossier]:
        yield self.relation(made, "client_contact", state)
        if self.chance(0.5):
            yield self.books(made, "client_contact")
        if self.chance(0.4):
            yield self.marketing(made, "client_contact", "")

    def supplier(self, made: Made, state: str) -> Iterator[Dossier]:
        yield self.relation(made, "supplier_contact", state)
        if self.chance(0.5):
            yield self.books(made, "supplier_contact")

    def prospect(self, made: Made, state: str) -> Iterator[Dossier]:
        yield self.marketing(made, "prospect_contact", state)

    def marketing(self, made: Made, category: str, state: str) -> Dossier:
        last: date | None = self.marketing_contact(state)
        began = (last or self.today) - timedelta(days=100 + int(self.random.random() * 300))
        unsubscribed = withdrawn = None
        if state == "contact missing" or (not state and self.chance(0.03)):
            last = None
        elif state == "unsubscribed" or (not state and self.chance(0.06)):
            unsubscribed = self.today
        elif state == "consent withdrawn" or (not state and self.chance(0.02)):
            withdrawn = self.today
        dossier = Dossier(self, "MKT", began, last_contact_on=last, unsubscribed_on=unsubscribed)
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
            due = attainable(self.today + timedelta(days=1 + int(self.random.random() * 13)))
            return back(due - timedelta(days=1), 3)
        return self.ago(20, 1000)

    def guarantor(self, made: Made, state: str) -> Iterator[Dossier]:
        """Who stands surety for a client, or is a partner in it: money, and where it comes from."""
        category = self.random.choice(("guarantor", "partner"))
        opened = self.ago(300, 2500)
        ended = settled = None
        if self.chance(0.3):
            ended = settled = opened + timedelta(days=int(self.random.random() * 250))
        dossier = Dossier(
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

    def money_laundering(self, made: Made, category: str, state: str) -> Dossier:
        opened = self.ago(200, 2200)
        entered = state != "transaction missing" and self.chance(0.7)
        ended = transaction = reported = None
        if state == "reported" or self.chance(0.05):
            reported = min(opened + timedelta(days=90), self.today)
        if entered and self.chance(0.4):
            ended = min(opened + timedelta(days=150 + int(self.random.random() * 900)), self.today)
        elif not entered and state != "transaction missing":
            transaction = opened
        dossier = Dossier(
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

    def authority(self, made: Made, state: str) -> Iterator[Dossier]:
        opened = self.ago(100, 1500)
        closed = opened + timedelta(days=80) if self.chance(0.5) else None
        dossier = Dossier(self, "AUT", opened, opened_on=opened, closed_on=closed)
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

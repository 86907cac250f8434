"""What is decided in a case of collection, and who is told."""

from desk.demo import organisations as known
from desk.demo import texts
from desk.demo.agency import Agency
from desk.demo.dossier import Dossier
from desk.demo.organisations import Client


class Steps(Agency):
    def steps(self, dossier: Dossier, debtor: str, client: Client, state: str) -> None:
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

    def choose_letter(self, dossier: Dossier, debtor: str) -> None:
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

    def go_to_court(self, dossier: Dossier, debtor: str) -> None:
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
            weights={"bedrag": 0.3, "reactie op brieven": 0.5, "register": 0.2},
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

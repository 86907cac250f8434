"""How a debtor lives, what was written and said, and data that need more than a purpose."""

from desk.demo import texts
from desk.demo.agency import Agency
from desk.demo.dossier import Dossier


class Circumstances(Agency):
    def circumstances(self, dossier: Dossier, debtor: str) -> None:
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

    def special(self, dossier: Dossier, debtor: str, state: str) -> None:
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

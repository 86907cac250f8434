"""The bookkeeping of each financial year, with no more than the invoice needs."""

from collections.abc import Iterator
from datetime import date, timedelta

from desk.demo import organisations as known
from desk.demo.agency import Agency
from desk.demo.days import back
from desk.demo.dossier import Dossier
from desk.demo.people import Made


class Books(Agency):
    def books(self, made: Made, category: str, *, year: int | None = None) -> Dossier:
        """The bookkeeping of one financial year, with no more than the invoice needs."""
        year = year or self.today.year - 1 - int(self.random.random() * 7)
        if self.chance(0.02):
            year = self.today.year - 8
        # Some companies close their books in the autumn.
        return self._books(made, category, date(year, *((9, 30) if self.chance(0.1) else (12, 31))))

    def books_alone(self, made: Made, state: str) -> Iterator[Dossier]:
        yield self._books(made, "debtor", None)

    def _books(self, made: Made, category: str, ended: date | None) -> Dossier:
        booked = (ended or back(self.today, 1)) - timedelta(days=int(self.random.random() * 300))
        dossier = Dossier(self, "ACC", booked, financial_year_ended_on=ended)
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

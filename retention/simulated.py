"""What a simulation found, as its page shows it: by rule, by month, by client."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F, Q, Sum

from policy.calendars import add_months
from retention.sight import WHOLE, Sight
from retention.simulating import MONTHS
from retention.simulation_models import Outcome, SimulatedCount, Simulation
from subjects.models import Organisation

# A page names so many clients, those with most that moves; the rest are counted together.
CLIENTS = 50
MOVES = tuple(one for one in Outcome if one != Outcome.SAME)


@dataclass
class Numbers:
    """Dossiers, how many of them stay for now, and pieces of data in them."""

    dossiers: int = 0
    held: int = 0
    records: int = 0


@dataclass
class Fates:
    """What becomes of the dossiers of a rule or client, by outcome."""

    name: str
    of: dict[Outcome, Numbers] = field(default_factory=lambda: defaultdict(Numbers))

    @property
    def moved(self) -> Numbers:
        return Numbers(
            dossiers=sum(self.of[one].dossiers for one in MOVES),
            held=sum(self.of[one].held for one in MOVES),
            records=sum(self.of[one].records for one in MOVES),
        )

    @property
    def moves(self) -> list[tuple[Outcome, Numbers]]:
        return [(one, self.of[one]) for one in MOVES]

    @property
    def same(self) -> Numbers:
        return self.of[Outcome.SAME]


@dataclass(frozen=True)
class Month:
    """How many dossiers go in a month, now and then; what is held stays for now."""

    month: date
    now: int
    then: int
    held_now: int
    held_then: int


def by_rule(simulation: Simulation, sight: Sight = WHOLE) -> list[Fates]:
    """Return what becomes of the dossiers of each rule, in one query."""
    found: dict[str, Fates] = {}
    rows = (
        simulation.counts.filter(month=None)
        .values("rule", "what")
        .annotate(dossiers=Sum("dossiers"), held=Sum("held"), records=Sum("records"))
        .order_by("rule")
    )
    for row in rows:
        fates = found.setdefault(row["rule"], Fates(row["rule"]))
        held = 0 if row["rule"] in sight.rules else row["held"]
        fates.of[Outcome(row["what"])] = Numbers(row["dossiers"], held, row["records"])
    return list(found.values())


def by_client(
    simulation: Simulation, sight: Sight = WHOLE
) -> tuple[list[tuple[int | None, Fates]], int]:
    """Return what moves of the clients with most that moves, and how many other clients have any.

    No client (None) is where nobody commissioned us. A client may be one person, so rules that
    the reader sees totals of only are left out.
    """
    moving = simulation.counts.filter(month=None).exclude(what=Outcome.SAME)
    moving = moving.exclude(rule__in=list(sight.rules))
    totals = list(
        moving.values_list("client_id")
        .annotate(moved=Sum("dossiers"))
        .order_by("-moved", F("client_id").asc(nulls_last=True))
    )
    shown = [client for client, _ in totals[:CLIENTS]]
    names = dict(Organisation.objects.filter(pk__in=shown).values_list("pk", "name"))
    found = {client: Fates(names.get(client, "")) for client in shown}
    rows = moving.values_list("client_id", "what").annotate(
        dossiers=Sum("dossiers"), held=Sum("held"), records=Sum("records")
    )
    for client, what, *numbers in rows:
        if client in found:
            found[client].of[Outcome(what)] = Numbers(*numbers)
    return list(found.items()), len(totals) - len(shown)


def by_month(simulation: Simulation, sight: Sight = WHOLE) -> list[Month]:
    """Return what goes in each of the coming months, now and then."""
    begin = simulation.today.replace(day=1)
    told = ~Q(rule__in=list(sight.rules))
    found: dict[tuple[date | None, str], tuple[int, int]] = {}
    rows = (
        simulation.counts.filter(month__isnull=False)
        .values("month", "what")
        .annotate(dossiers=Sum("dossiers"), held=Sum("held", filter=told, default=0))
        .order_by("month")
    )
    for row in rows:
        found[row["month"], row["what"]] = (row["dossiers"] - row["held"], row["held"])
    months = [add_months(begin, number) for number in range(MONTHS)]
    none = (0, 0)
    return [
        Month(
            month,
            now=found.get((month, SimulatedCount.NOW), none)[0],
            then=found.get((month, SimulatedCount.THEN), none)[0],
            held_now=found.get((month, SimulatedCount.NOW), none)[1],
            held_then=found.get((month, SimulatedCount.THEN), none)[1],
        )
        for month in months
    ]

"""What is due, deleted as a Django developer would: by querysets, and object by object.

Without holds, evidence or keys: this is the deletion alone. The models forbid to delete what others
point at, so a developer either lets Django cascade, as keys that cascade would, or deletes the
children first by hand.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.deleting import DUE, rows_of
from bench.results import Results, middle
from bench.stage import WORK, Stage

# How many dossiers at most. Who hears of each row has them all in memory; the slow way gets few.
ALL, SOME, FEW = 1_000_000_000, 10_000, 200
ONE_GO = "one queryset.delete(), cascading"
HEARD = "one queryset.delete(), cascading, each row heard of"


def measure(stage: Stage, results: Results, template: str) -> None:
    speeds: dict[str, list[float]] = defaultdict(list)
    ways: dict[str, tuple[Callable[[list[int]], None], int]] = {
        ONE_GO: (_cascading, ALL),
        HEARD: (_heard, SOME),
        "querysets, children first": (_children_first, ALL),
        "dossier by dossier, cascading": (_one_by_one, FEW),
    }
    counts: dict[str, int] = {}
    for _ in range(results.repetitions):
        for name, (delete, most) in ways.items():
            speed, counts[name] = _speed(stage, template, delete, most)
            speeds[name].append(speed)
    results.raw["querysets"] = dict(speeds)
    for name in ways:
        note = f"{counts[name]:,} dossiers; no holds, no evidence, keys left"
        results.add(f"(d) {name}", middle(speeds[name]), "rows/s", note=note)
    if own := results.raw.get("destruction 20 %"):
        mine = own["rows"] / middle(own["c1"])
        name = "20 %: (c) one worker against (d)"
        results.add(f"{name}, one go", mine / middle(speeds[ONE_GO]), "ratio", at_least=10)
        results.add(f"{name}, each row heard of", mine / middle(speeds[HEARD]), "ratio")
        slow = middle(speeds["dossier by dossier, cascading"])
        results.add(f"{name}, dossier by dossier", mine / slow, "ratio")
        limit = own["rows"] / middle(own["b2"])
        results.add("20 %: (b) b2 against (d), one go", limit / middle(speeds[ONE_GO]), "ratio")


def _speed(
    stage: Stage, template: str, delete: Callable[[list[int]], None], most: int
) -> tuple[float, int]:
    """Return the rows that went a second, and how many dossiers they were of."""
    stage.copy(template, WORK, keystore=False)
    stage.use(WORK)
    due = stage.ask(WORK, f"SELECT array_agg(id) FROM ({DUE} ORDER BY id LIMIT {most}) x")
    before = sum(rows_of(stage, WORK).values())
    began = time.perf_counter()
    delete(due)
    took = time.perf_counter() - began
    return (before - sum(rows_of(stage, WORK).values())) / took, len(due)


@contextmanager
def _keys_that_cascade() -> Iterator[None]:
    from django.apps import apps
    from django.db import models

    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.PROTECT
    ]
    for field in fields:
        field.remote_field.on_delete = models.CASCADE
    try:
        yield
    finally:
        for field in fields:
            field.remote_field.on_delete = models.PROTECT


def _cascading(due: list[int]) -> None:
    """Delete dossiers with all that refers to them, then the people who are in none any more."""
    from django.db import transaction

    from subjects.models import Dossier, Involvement, Subject

    with _keys_that_cascade(), transaction.atomic():
        involvements = Involvement.objects.filter(dossier__in=due)
        subjects = list(involvements.values_list("subject_id", flat=True))
        Dossier.objects.filter(pk__in=due).delete()
        Subject.objects.filter(pk__in=subjects, involvements=None).delete()


def _heard(due: list[int]) -> None:
    """The same where somebody listens to what goes, as who wants evidence by Django alone does.

    Django then reads every row before it deletes it, and deletes by primary key.
    """
    from django.db.models.signals import post_delete

    gone: list[int] = []

    def hear(instance: Any, **kwargs: object) -> None:
        gone.append(instance.pk)

    post_delete.connect(hear, weak=False)
    try:
        _cascading(due)
    finally:
        post_delete.disconnect(hear)
    if len(gone) <= len(due):
        raise RuntimeError("nobody heard of the rows below the dossiers")


def _one_by_one(due: list[int]) -> None:
    """The same for each dossier apart, committed apart: so as to look at each before it goes."""
    for pk in due:
        _cascading([pk])


def _children_first(due: list[int]) -> None:
    from django.db import transaction

    from subjects import models

    children = (
        models.Record,
        models.Consent,
        models.Disclosure,
        models.ContactEvent,
        models.AutomatedDecision,
        models.FirstContactNotice,
    )
    with transaction.atomic():
        involvements = models.Involvement.objects.filter(dossier__in=due)
        subjects = list(involvements.values_list("subject_id", flat=True))
        for child in children:
            child._default_manager.filter(involvement__dossier__in=due).delete()
        involvements.delete()
        models.Dossier.objects.filter(pk__in=due).delete()
        models.Subject.objects.filter(pk__in=subjects, involvements=None).delete()

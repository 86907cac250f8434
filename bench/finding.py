"""People found among all: by e-mail, by a form with one field wrong, by a misspelt name alone."""

from dataclasses import asdict

from bench.results import Results
from bench.stage import FULL, Stage

EXACT = ("e-mail", "dossier number")
FORMS = (
    "form, last name misspelt",
    "form, first name misspelt",
    "form, birth date wrong",
    "form, postcode wrong",
    "name and year, name misspelt",
)
ALONE = ("name alone, last name misspelt", "name alone, first name misspelt")


def measure(stage: Stage, results: Results, people: int = 400) -> None:
    from bench import lookup

    stage.use(FULL)
    for ending in ("", "_keystore"):
        stage.warm(FULL + ending)
    stage.execute(f"{FULL}_keystore", "SELECT pg_prewarm('searchtokens_gin')")
    rows = lookup.run(people)
    results.raw["look-up"] = [asdict(row) for row in rows]
    known = {row.typed: row for row in rows}
    for typed in (*EXACT, *FORMS, *ALONE):
        row = known.get(typed)
        if row is None:
            results.add(f"{typed}: found", None, "", note="bench.lookup does not type this")
            continue
        results.add(f"{typed}: p50", row.p50, "ms")
        results.add(f"{typed}: p95", row.p95, "ms", below=5 if typed in EXACT else 30)
        if typed in ALONE:
            told = f"{row.found:.1f} % without namesakes"
            results.add(
                f"{typed}: in the first ten, namesakes right",
                row.or_as_good,
                "%",
                at_least=95,
                note=told,
            )
        else:
            share = row.found if typed in EXACT else row.or_as_good
            results.add(f"{typed}: in the first ten", share, "%", at_least=99)

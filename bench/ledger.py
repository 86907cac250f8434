"""The ledger: a night's entries sealed, and everything verified."""

from time import perf_counter

from bench.results import Results, middle
from bench.stage import WORK, Stage

NIGHT = 300_000
ENTRIES = """INSERT INTO audit_entry (body) SELECT jsonb_build_object(
    'at', '2026-11-24T01:00:00.000000+00:00', 'actor', 'worker', 'event', 'dossier.destroyed',
    'object', 'dossier:' || gen_random_uuid(), 'purpose', 'COL', 'rule', 'COL-60',
    'due', current_date, 'done', current_date, 'list', 1, 'digest', md5(n::text),
    'involvements', 1, 'counts', '{"record": 4}'::jsonb, 'recipients', '[1, 2]'::jsonb,
    'anchors', '{"opened_on": "2019-03-02", "closed_on": "2021-11-23"}'::jsonb)
    FROM generate_series(1, %d) n"""


def measure(stage: Stage, results: Results) -> None:
    from django.utils import timezone

    from audit.services import seal_and_mirror
    from audit.verify import verify

    sealing, verifying, entries = [], [], 0
    for _ in range(results.repetitions):
        stage.copy("empty", WORK)
        stage.use(WORK)
        stage.execute(WORK, ENTRIES % NIGHT, "VACUUM ANALYZE audit_entry")
        began = perf_counter()
        seal_and_mirror(now=timezone.now())
        sealing.append(perf_counter() - began)
        began = perf_counter()
        entries = verify().entries
        verifying.append(perf_counter() - began)
    results.raw["ledger"] = {"sealing": sealing, "verifying": verifying, "entries": entries}
    results.add(f"sealing and mirroring {NIGHT:,} entries", middle(sealing), "s", below=10)
    speed = entries / middle(verifying)
    results.add("verifying: entries, tree, notes and mirror", speed, "entries/s")
    own = results.raw.get("destruction 20 %")
    if own:
        dossiers = results.sizes["due 20 %"]["dossiers"]
        results.add(
            "verifying, against destroying (dossiers)",
            speed / (dossiers / middle(own["c1"])),
            "ratio",
            at_least=5,
        )

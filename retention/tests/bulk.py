"""Many dossiers at once, in a few statements: for plans of queries and for measuring.

Each dossier has one or two involvements, each with four records and a disclosure; a third of
the people stand in two dossiers.
"""

from datetime import date
from typing import Any

from django.db import connections

from retention.tests.makers import make_dossier

MAIN = """
    INSERT INTO subjects_subject (reference)
        SELECT gen_random_uuid() FROM generate_series(1, %(dossiers)s);
    INSERT INTO subjects_dossier (reference, source_system, source_digest, purpose_id, phase,
            created_at, closed_on, rule, delete_from, missing_anchor)
        SELECT gen_random_uuid(), 'bulk', decode(md5('d' || n), 'hex'), 'COL', '', now(),
            '2022-05-20', 'COL-60',
            CASE WHEN n %% 100 < %(percent)s THEN %(due)s::date ELSE '2031-01-01' END, ''
        FROM generate_series(1, %(dossiers)s) n;
    INSERT INTO subjects_involvement (reference, subject_id, dossier_id, category_id,
            source_digest, person_digest, key_id, sealed_identity, rule)
        SELECT gen_random_uuid(), s.first + (n * 2 / 3) + p, d.first + n - 1, 'debtor',
            decode(md5('i' || n || '-' || p), 'hex'), decode(md5('p' || n), 'hex'),
            1000000 + n * 2 + p, decode(repeat('ab', 200), 'hex'), ''
        FROM generate_series(1, %(dossiers)s) n
        CROSS JOIN generate_series(0, 1) p
        CROSS JOIN (SELECT min(id) AS first FROM subjects_dossier WHERE source_system = 'bulk') d
        CROSS JOIN (SELECT min(id) AS first FROM subjects_subject) s
        WHERE p = 0 OR n %% 3 = 0;
    INSERT INTO subjects_record (involvement_id, source_digest, data_category_id, source_id,
            lawful_basis, provided_by_subject, collected_on, sealed_content, is_special,
            special_ground, special_approver, rule)
        SELECT i.id, decode(md5('r' || i.id || '-' || n), 'hex'), 'contact', 'client', '6.1.b',
            false, '2020-01-01', decode(repeat('ab', 288), 'hex'), false, '', '', ''
        FROM subjects_involvement i CROSS JOIN generate_series(1, 4) n WHERE i.key_id > 1000000;
    INSERT INTO subjects_disclosure (involvement_id, source_digest, recipient_id, purpose_id,
            data_categories, disclosed_on, country, transfer_mechanism, sealed_reason)
        SELECT i.id, decode(md5('x' || i.id), 'hex'), r.id, 'COL', '{contact}', '2021-01-01',
            'NL', '', decode(repeat('ab', 60), 'hex')
        FROM subjects_involvement i CROSS JOIN (SELECT id FROM subjects_recipient LIMIT 1) r
        WHERE i.key_id > 1000000;
    WITH h AS (INSERT INTO retention_legalhold
            (reference, kind, "case", state, purposes, reason, placed_on)
        VALUES (gen_random_uuid(), 'access', gen_random_uuid(), 'in_force', '{}', '', %(due)s)
        RETURNING id)
    INSERT INTO retention_helddossier (hold_id, dossier_id)
        SELECT h.id, d.id FROM h, (SELECT id, row_number() OVER (ORDER BY id) AS n
            FROM subjects_dossier WHERE source_system = 'bulk') d
        WHERE d.n %% 100 = %(held)s;
"""
KEYS = """
    INSERT INTO keystore_datakey (id, kind, wrapped, kek, created_at)
        SELECT 1000000 + n * 2 + p, 1, decode(repeat('ab', 60), 'hex'), 1, now()
        FROM generate_series(1, %(dossiers)s) n CROSS JOIN generate_series(0, 1) p
        WHERE p = 0 OR n %% 3 = 0;
"""


def make_many(dossiers: int, *, due: date, percent: int = 20, held: int = 7) -> None:
    """Make many dossiers, so many per cent of them due on a day, and one per cent held.

    Of each hundred the first `percent` are due and number `held` is held.
    """
    make_dossier(due=None)
    parameters: dict[str, Any] = {
        "dossiers": dossiers,
        "due": due,
        "percent": percent,
        "held": held,
    }
    for alias, sql in (("default", MAIN), ("keystore", KEYS)):
        with connections[alias].cursor() as cursor:
            cursor.execute(sql, parameters)
            cursor.execute("ANALYZE")

"""Until now a request went on only once it was proven who asks, and the person was told at once."""

from django.db import migrations

TOLD = """
UPDATE requests_forwarding AS row
SET told_at = row.created_at,
    proven_by = coalesce(
        (SELECT one.method FROM requests_identitycheck AS one
         WHERE one.request_id = row.request_id AND one.result = 'proven'
         ORDER BY one.id DESC LIMIT 1),
        '')
WHERE row.told_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [('requests', '0035_sent_on_before_proof')]
    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]

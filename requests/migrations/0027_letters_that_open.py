import secrets

from django.db import migrations, models


def move_to_letters(apps, schema_editor):
    """Give the letters of before the person they went to, and the access code that they gave.

    Only who did not ask on this site got an access code by letter; nobody else knew theirs.
    """
    PostedCode = apps.get_model('requests', 'PostedCode')
    Involvement = apps.get_model('subjects', 'Involvement')
    for code in PostedCode.objects.select_related('request').iterator():
        held = Involvement.objects.filter(reference=code.involvement).select_related('subject').first()
        if held is None:
            matches = code.request.matches.filter(involvements__contains=[code.involvement])
            code.subject_reference = matches.values_list('subject_reference', flat=True).first()
        else:
            code.subject_reference = held.subject.reference
        code.save(update_fields=['subject_reference'])
    given = PostedCode.objects.exclude(request__channel='portal')
    seen = set()
    # The one that was typed, or else the newest: earlier letters were replaced by it.
    for code in given.order_by(models.F('used_at').asc(nulls_last=True), '-pk').select_related('request'):
        if code.request_id in seen:
            continue
        seen.add(code.request_id)
        if code.replaced_at is None:
            code.access_digest = bytes(code.request.page_digest)
            code.save(update_fields=['access_digest'])
        code.request.page_digest = secrets.token_bytes(len(bytes(code.request.page_digest)))
        code.request.save(update_fields=['page_digest'])


class Migration(migrations.Migration):

    dependencies = [
        ('requests', '0026_renewal_refused'),
        ('subjects', '0019_proofs_with_certificate'),
    ]

    operations = [
        migrations.AddField(
            model_name='postedcode',
            name='access_digest',
            field=models.BinaryField(blank=True, max_length=16, null=True),
        ),
        migrations.AddField(
            model_name='postedcode',
            name='subject_reference',
            field=models.UUIDField(blank=True, help_text='Whose address it is', null=True),
        ),
        migrations.RunPython(move_to_letters, migrations.RunPython.noop),
    ]

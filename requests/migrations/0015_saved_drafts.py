from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('requests', '0014_work_queue')]

    operations = [
        migrations.RemoveIndex(model_name="portaldraft", name="draft_started"),
        migrations.AddField(
            model_name="portaldraft",
            name="kept_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE requests_portaldraft SET kept_at = started_at",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="portaldraft",
            name="kept_at",
            field=models.DateTimeField(help_text="When something was last typed and kept"),
        ),
        migrations.AddIndex(
            model_name="portaldraft",
            index=models.Index(fields=["kept_at"], name="draft_kept"),
        ),
        *(
            migrations.AddField(
                model_name="portaldraft",
                name=name,
                field=models.BinaryField(blank=True, max_length=16, null=True, unique=True),
            )
            for name in ("code_digest", "link_digest", "sent_digest")
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Request received"),
                    ("code", "Code"),
                    ("news", "Something new on the page"),
                    ("link", "New link"),
                    ("reminder", "Reminder to a colleague"),
                    ("told", "Link for an organisation"),
                    ("system", "Reminder to who runs a system"),
                    ("statement", "Changed privacy statement"),
                    ("draft", "Link to a form that was saved"),
                ],
                max_length=10,
            ),
        ),
    ]

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.production")

app = Celery("alektum_privacy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

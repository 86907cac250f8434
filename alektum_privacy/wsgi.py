import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.production")

application = get_wsgi_application()

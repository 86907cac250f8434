import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.production")

application = get_wsgi_application()

# After Django is set up: nobody is served data that a restored database has again.
from retention.replay import require_replayed  # noqa: E402

require_replayed()

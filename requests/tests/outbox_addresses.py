"""All addresses, as in the demo: with the outbox."""

from django.urls import include, path

from alektum_privacy import urls

urlpatterns = [path("desk/outbox/", include("requests.mail.urls")), *urls.urlpatterns]

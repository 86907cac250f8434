"""All addresses. An app adds its own with one `include` line."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from requests.calendar_views import feed

urlpatterns = [
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("policy.urls")),
    path("", include("requests.urls")),
    path("organisations/", include("requests.organisation_urls")),
    path("calendar/<str:token>.ics", feed, name="calendar"),
    path("api/v1/", include("subjects.api.urls")),
    path("api/v1/", include("requests.api.urls")),
    path("desk/ledger/", include("audit.urls")),
    path("desk/retention/", include("retention.urls")),
    path("desk/incidents/", include("requests.incidents.urls")),
    path("desk/requests/", include("requests.desk_urls")),
    path("desk/", include("desk.urls")),
    path("desk/", include("desk.people.urls")),
    path("desk/", include("desk.told.urls")),
    path("desk/", include("desk.recipients.urls")),
    path("desk/", include("desk.statements.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO_MODE:
    urlpatterns.insert(0, path("desk/outbox/", include("requests.outbox_urls")))

"""All addresses. An app adds its own with one `include` line."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from desk.accounts import sso_views
from desk.accounts.sign_in_views import SignIn, second_step, to_sign_in
from requests.clock.calendar_views import feed

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-in/second/", second_step, name="second_step"),
    path("sign-in/organisation/", sso_views.start, name="sso_start"),
    path("sign-in/organisation/return/", sso_views.back, name="sso_return"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("policy.urls")),
    path("", include("requests.portal.urls")),
    path("organisations/", include("requests.organisations.urls")),
    path("calendar/<str:token>.ics", feed, name="calendar"),
    path("api/v1/", include("subjects.api.urls")),
    path("api/v1/", include("requests.api.urls")),
    path("desk/ledger/", include("audit.urls")),
    path("desk/retention/", include("retention.urls")),
    path("desk/incidents/", include("requests.incidents.urls")),
    path("desk/requests/", include("requests.officer.urls")),
    path("desk/", include("desk.urls")),
    path("desk/", include("desk.accounts.urls")),
    path("desk/", include("desk.people.urls")),
    path("desk/", include("desk.told.urls")),
    path("desk/", include("desk.recipients.urls")),
    path("desk/", include("desk.statements.urls")),
    # The administration has no ways of its own past our sign-in page and one's own account.
    path("admin/login/", to_sign_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:password")),
    path("admin/", admin.site.urls),
]
if settings.DEMO_MODE:
    urlpatterns.insert(0, path("desk/outbox/", include("requests.mail.urls")))

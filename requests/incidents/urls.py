"""The breach register, under /desk/incidents/."""

from django.urls import path, re_path

from requests.incidents import views

app_name = "incidents"
_STEPS = "|".join(views.STEPS)
urlpatterns = [
    path("", views.register, name="register"),
    path("new/", views.new, name="new"),
    path("<uuid:reference>/", views.show, name="show"),
    path("<uuid:reference>/close/", views.close, name="close"),
    re_path(rf"^(?P<reference>[0-9a-f-]{{36}})/(?P<name>{_STEPS})/$", views.step, name="step"),
]

"""The demo's outbox, under /desk/outbox/; not in production."""

from django.urls import path

from requests.mail import views as outbox_views

app_name = "outbox"
urlpatterns = [path("", outbox_views.outbox, name="list")]

"""The ledger's pages at the desk."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("checking/verify_certificate.py", views.program, name="program"),
    path("<int:entry_id>/", views.entry, name="entry"),
    path("<int:entry_id>/certificate.json", views.certificate, name="certificate"),
]

"""The ledger's pages at the desk."""

from django.urls import path

from audit import verification_views, views

app_name = "audit"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("checking/verify_certificate.py", views.program, name="program"),
    path("verification/", verification_views.verification, name="verification"),
    path("verification/begin/", verification_views.begin, name="begin_verification"),
    path("verification/entry/", verification_views.entry, name="verify_entry"),
    path("verification/certificate/", verification_views.certificate, name="verify_certificate"),
    path("verification/<uuid:reference>/", verification_views.verified, name="verified"),
    path("checkpoints/", verification_views.checkpoints, name="checkpoints"),
    path("checkpoints/<int:size>/", verification_views.checkpoint, name="checkpoint"),
    path("<int:entry_id>/", views.entry, name="entry"),
    path("<int:entry_id>/certificate.json", views.certificate, name="certificate"),
]

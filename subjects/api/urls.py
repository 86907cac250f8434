from django.urls import path

from subjects.api import views

urlpatterns = [
    path("ingest/", views.Ingest.as_view(), name="ingest"),
    path("ingest/<uuid:reference>/", views.Run.as_view(), name="ingest-run"),
    path("ingest/<uuid:reference>/answers/", views.Answers.as_view(), name="ingest-answers"),
]

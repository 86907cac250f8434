from django.urls import path

from subjects.api import instructions, letters, views

urlpatterns = [
    path("ingest/", views.Ingest.as_view(), name="ingest"),
    path("ingest/<uuid:reference>/", views.Run.as_view(), name="ingest-run"),
    path("ingest/<uuid:reference>/answers/", views.Answers.as_view(), name="ingest-answers"),
    path("instructions/", instructions.Feed.as_view(), name="instructions"),
    path(
        "instructions/acknowledge/",
        instructions.Acknowledge.as_view(),
        name="instructions-acknowledge",
    ),
    path("statement/letters/", letters.Letters.as_view(), name="letters"),
    path("instructions/<uuid:reference>/", instructions.Answer.as_view(), name="instruction"),
]

from django.urls import path

from desk.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.search, name="search"),
    path("people/why/", views.why, name="why"),
    path("people/not-told/", views.not_told, name="not_told"),
    path("people/<uuid:reference>/", views.person, name="person"),
    path("dossiers/<uuid:reference>/", views.dossier, name="dossier"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/", views.held, name="held"),
]

from django.urls import path

from desk.people import deeds, views

app_name = "people"
urlpatterns = [
    path("people/", views.search, name="search"),
    path("people/why/", views.why, name="why"),
    path("people/not-told/", views.not_told, name="not_told"),
    path("people/<uuid:reference>/", views.person, name="person"),
    path("dossiers/<uuid:reference>/", views.dossier, name="dossier"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/", views.held, name="held"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/restrict/", deeds.restrict, name="restrict"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/lift/<int:mark>/", deeds.lift, name="lift"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/disclose/", deeds.disclose, name="disclose"),
    path("dossiers/<uuid:reference>/<uuid:involvement>/contact/", deeds.contact, name="contact"),
]

"""The officer's pages of retention, under /desk/retention/."""

from django.urls import path

from retention import views

app_name = "retention"
urlpatterns = [
    path("", views.home, name="home"),
    path("stop/", views.stop, name="stop"),
    path("resume/", views.resume, name="resume"),
    path("rules/<str:code>/review/", views.review, name="review"),
    path("lists/", views.lists, name="lists"),
    path("lists/<uuid:reference>/", views.show_list, name="list"),
    path("lists/<uuid:reference>/prepare/", views.prepare, name="prepare"),
    path("lists/<uuid:reference>/approve/", views.approve, name="approve"),
    path("lists/<uuid:reference>/abort/", views.abort, name="abort"),
    path("lists/<uuid:reference>/take-off/", views.take_off, name="take_off"),
    path("holds/", views.holds, name="holds"),
    path("holds/place/", views.place_hold, name="place_hold"),
    path("holds/<int:pk>/release/", views.release_hold, name="release_hold"),
    path("missing/", views.missing, name="missing"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<uuid:reference>/", views.certificate, name="certificate"),
    path("certificates/<uuid:reference>/<str:form>/", views.download, name="download"),
]

"""Pages anybody may open."""

from django.urls import path

from policy import views

app_name = "policy"
urlpatterns = [
    path("statement/", views.statement, name="statement"),
    path("statement/versions/", views.versions, name="versions"),
    path("statement/<str:version>/", views.statement, name="version"),
    path("statement/<str:version>/changes/", views.changed, name="changed"),
    path("rights/", views.rights, name="rights"),
]

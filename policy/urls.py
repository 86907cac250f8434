"""Pages anybody may open."""

from django.urls import path

from policy import views

app_name = "policy"
urlpatterns = [
    path("statement/", views.statement, name="statement"),
    path("rights/", views.rights, name="rights"),
]

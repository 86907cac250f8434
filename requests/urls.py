"""The portal: what anybody may open."""

from django.urls import path

from requests import views

app_name = "portal"
urlpatterns = [
    path("request/open/", views.open_page, name="open"),
    path("request/link/<str:token>/", views.open_link, name="link"),
    path("request/<uuid:reference>/", views.request_page, name="request"),
]

"""What an organisation opens with the link that it got by mail."""

from django.urls import path

from requests.organisations import views

app_name = "organisations"
urlpatterns = [
    path("link/<str:token>/", views.link, name="link"),
    path("<uuid:reference>/", views.told, name="told"),
    path("<uuid:reference>/file/", views.file, name="file"),
    path("<uuid:reference>/confirm/", views.confirm, name="confirm"),
    path("<uuid:reference>/received/<uuid:forwarding>/", views.received, name="received"),
]

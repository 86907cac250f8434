from django.urls import path

from requests.api import views

urlpatterns = [path("requests/", views.Requests.as_view(), name="api-requests")]

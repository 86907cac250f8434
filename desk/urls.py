from django.urls import path

from desk import access_views, views
from policy.views import calculators

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register_page, name="register"),
    path("register.json", views.register_json, name="register_json"),
    path("access/", access_views.matrix, name="access"),
    path("calculators/", calculators, name="calculators"),
]

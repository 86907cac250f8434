from django.urls import path

from desk import views
from policy.views import calculators

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("calculators/", calculators, name="calculators"),
]

from django.urls import path

from desk import access_views, views
from desk.register import views as register
from policy.views import calculators

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", register.page, name="register"),
    path("register.json", register.as_json, name="register_json"),
    path("register.jsonld", register.as_linked, name="register_linked"),
    path("register.<str:language>.pdf", register.as_pdf, name="register_pdf"),
    path("register.<str:language>.xlsx", register.as_xlsx, name="register_xlsx"),
    path("typed/", views.typed, name="typed"),
    path("guide/", views.guide, name="guide"),
    path("access/", access_views.matrix, name="access"),
    path("calculators/", calculators, name="calculators"),
]

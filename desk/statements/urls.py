from django.urls import path

from desk.statements import promise_views, views

app_name = "statements"
urlpatterns = [
    path("versions/", views.versions, name="versions"),
    path("versions/difference/", views.difference, name="difference"),
    path("promises/", promise_views.promises, name="promises"),
    path("promises/rows/", promise_views.rows, name="rows"),
    path("promises/<int:section>/<int:number>/", promise_views.promise, name="promise"),
]

from django.urls import path

from desk.recipients import views

app_name = "recipients"
urlpatterns = [
    path("recipients/", views.everybody, name="list"),
    path("recipients/transfers/", views.transfers, name="transfers"),
    path("recipients/<uuid:reference>/", views.one, name="one"),
]

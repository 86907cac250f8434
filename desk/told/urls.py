from django.urls import path

from desk.told import people, views

app_name = "told"
urlpatterns = [
    path("told/", views.systems, name="systems"),
    path("told/systems/<slug:system>/", views.system, name="system"),
    path("told/instructions/<uuid:reference>/", views.tend_instruction, name="instruction"),
    path("told/recipients/", views.recipients, name="recipients"),
    path("told/recipients/<uuid:reference>/", views.recipient, name="recipient"),
    path("told/recipients/<uuid:reference>/file/", views.file, name="file"),
    path("told/recipients/<uuid:reference>/link/", views.link, name="link"),
    path("told/statement/", views.statement, name="statement"),
    path("told/statement/<str:version>/", views.pause, name="pause"),
    path("told/statement/<str:version>/people/", people.told, name="statement_list"),
    path("told/forwarded/", views.forwarded, name="forwarded"),
    path("told/forwarded/<uuid:reference>/", views.forwarded_by_hand, name="forwarded_by_hand"),
]

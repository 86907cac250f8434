"""The officer's pages of retention, under /desk/retention/."""

from django.urls import path

from retention import (
    certificate_views,
    client_views,
    due_views,
    hold_views,
    list_views,
    simulation_views,
    views,
)

app_name = "retention"
urlpatterns = [
    path("", views.home, name="home"),
    path("stop/", views.stop, name="stop"),
    path("resume/", views.resume, name="resume"),
    path("rules/<str:code>/review/", views.review, name="review"),
    path("lists/", list_views.lists, name="lists"),
    path("lists/<uuid:reference>/", list_views.show_list, name="list"),
    path("lists/<uuid:reference>/prepare/", list_views.prepare, name="prepare"),
    path("lists/<uuid:reference>/approve/", list_views.approve, name="approve"),
    path(
        "lists/<uuid:reference>/approve-checks/", list_views.approve_checks, name="approve_checks"
    ),
    path("lists/<uuid:reference>/abort/", list_views.abort, name="abort"),
    path("lists/<uuid:reference>/take-off/", list_views.take_off, name="take_off"),
    path("holds/", hold_views.holds, name="holds"),
    path("holds/propose/", hold_views.propose, name="propose_hold"),
    path("holds/<uuid:reference>/", hold_views.show, name="hold"),
    path("holds/<uuid:reference>/approve/", hold_views.approve, name="approve_hold"),
    path("holds/<uuid:reference>/refuse/", hold_views.refuse, name="refuse_hold"),
    path("holds/<uuid:reference>/prolong/", hold_views.prolong, name="prolong_hold"),
    path("holds/<uuid:reference>/release/", hold_views.propose_release, name="propose_release"),
    path("holds/<uuid:reference>/keep/", hold_views.refuse_release, name="refuse_release"),
    path("holds/<uuid:reference>/released/", hold_views.confirm_release, name="confirm_release"),
    path("clients/", client_views.clients, name="clients"),
    path("clients/<uuid:reference>/", client_views.client, name="client"),
    path("clients/<uuid:reference>/record/", client_views.record, name="record_instruction"),
    path(
        "clients/<uuid:reference>/<uuid:instruction>/confirm/",
        client_views.confirm,
        name="confirm_instruction",
    ),
    path(
        "clients/<uuid:reference>/<uuid:instruction>/withdraw/",
        client_views.withdraw,
        name="withdraw_instruction",
    ),
    path("simulations/", simulation_views.simulations, name="simulations"),
    path("simulations/<uuid:reference>/", simulation_views.simulation, name="simulation"),
    path(
        "simulations/<uuid:reference>/progress/",
        simulation_views.progress,
        name="simulation_progress",
    ),
    path("simulations/<uuid:reference>/stop/", simulation_views.cancel, name="cancel_simulation"),
    path("due/", due_views.due_page, name="due"),
    path("missing/", views.missing, name="missing"),
    path("certificates/", certificate_views.certificates, name="certificates"),
    path("certificates/<uuid:reference>/", certificate_views.certificate, name="certificate"),
    path("certificates/<uuid:reference>/<str:form>/", certificate_views.download, name="download"),
]

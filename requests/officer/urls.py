"""The officer's pages of requests, under /desk/requests/."""

from django.urls import path

from requests.clock import views as desk_clock
from requests.decisions import views as decisions
from requests.identity import views as desk_identity
from requests.intake import entry_views
from requests.intake import views as intake_views
from requests.letters import views as letter_views
from requests.officer import views
from requests.queue import export_views, saved_views, search_views
from requests.queue import views as queue
from requests.redaction import views as redaction_views

app_name = "requests"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("assign/", queue.assign, name="assign"),
    path("search/", search_views.search, name="search"),
    path("views/", saved_views.views, name="views"),
    path("views/<uuid:reference>/rename/", saved_views.rename, name="rename_view"),
    path("views/<uuid:reference>/delete/", saved_views.delete, name="delete_view"),
    path("export/", export_views.ask, name="ask_export"),
    path("export/<uuid:reference>/", export_views.show, name="export"),
    path("export/<uuid:reference>/file/", export_views.download, name="export_file"),
    path("new/", entry_views.enter, name="enter"),
    path("new/<uuid:draft>/", entry_views.look, name="look"),
    path("letters/", desk_identity.letters, name="letters"),
    path("letters/<uuid:code>/print/", desk_identity.print_letter, name="print_letter"),
    path("letters/<uuid:code>/posted/", desk_identity.note_posted, name="note_posted"),
    path("calendar/", desk_clock.calendar, name="calendar"),
    path("<uuid:reference>/", views.show, name="show"),
    path("<uuid:reference>/take/", queue.take, name="take"),
    path("<uuid:reference>/found/", views.found, name="found"),
    path("<uuid:reference>/letter/", intake_views.letter, name="letter"),
    path("<uuid:reference>/merge/", intake_views.merge, name="merge"),
    path("<uuid:reference>/file/<uuid:file>/", intake_views.download, name="file"),
    path(
        "<uuid:reference>/file/<uuid:file>/destroy/",
        intake_views.destroy_copy,
        name="destroy_copy",
    ),
    path("<uuid:reference>/forward/", views.forward, name="forward"),
    path("<uuid:reference>/begin/", views.begin, name="begin"),
    path("<uuid:reference>/match/<int:match>/", views.decide_match, name="match"),
    path("<uuid:reference>/identity/post/", desk_identity.post_code, name="post_code"),
    path("<uuid:reference>/identity/<slug:way>/", desk_identity.confirm_identity, name="identity"),
    path("<uuid:reference>/mandate/", desk_identity.mandate, name="mandate"),
    path("<uuid:reference>/mandate/<uuid:mandate>/", desk_identity.use_mandate, name="use_mandate"),
    path("<uuid:reference>/without-data/", desk_identity.without_data, name="without_data"),
    path("<uuid:reference>/extend/", desk_clock.extend, name="extend"),
    path("<uuid:reference>/go-on/", desk_clock.go_on, name="go_on"),
    path("<uuid:reference>/withdraw/", desk_clock.withdraw, name="withdraw"),
    path("<uuid:reference>/write/", desk_clock.write, name="write"),
    path("<uuid:reference>/ask/", views.ask, name="ask"),
    path("<uuid:reference>/answer/", decisions.answer, name="answer"),
    path("<uuid:reference>/correct/", decisions.correct, name="correct"),
    path(
        "<uuid:reference>/correct/<uuid:correction>/drop/",
        decisions.drop_correction,
        name="drop_correction",
    ),
    path("<uuid:reference>/review/<uuid:review>/", decisions.review, name="review"),
    path("<uuid:reference>/pause/", decisions.pause, name="pause"),
    path(
        "<uuid:reference>/pause/<int:effect>/tell/",
        decisions.tell_pause_ends,
        name="tell_pause_ends",
    ),
    path("<uuid:reference>/pause/<int:effect>/end/", decisions.end_pause, name="end_pause"),
    path("<uuid:reference>/close/", views.close, name="close"),
    path("<uuid:reference>/left-out/", redaction_views.page, name="redactions"),
    path(
        "<uuid:reference>/left-out/<uuid:redaction>/undo/",
        redaction_views.undo,
        name="unredact",
    ),
    path("<uuid:reference>/our-letter/<uuid:letter>/", letter_views.download, name="our_letter"),
    path("<uuid:reference>/pack/<str:form>/", views.download, name="download"),
]

"""The portal: what anybody may open."""

from django.urls import path

from requests.figures import views as figure_views
from requests.identity import sign_in_views
from requests.packs import views as pack_views
from requests.portal import later_views, opening_views, page_views
from requests.portal import views as portal_views

app_name = "portal"
urlpatterns = [
    path("", portal_views.start, name="start"),
    path("figures/", figure_views.page, name="figures"),
    path("figures.csv", figure_views.table, name="figures_csv"),
    path("ask/check/", portal_views.check, name="check"),
    path("ask/files/", portal_views.files, name="files"),
    path("ask/sent/", portal_views.sent, name="sent"),
    path("ask/later/", later_views.later, name="later"),
    path("ask/close/", later_views.close, name="close"),
    path("ask/resume/", later_views.resume, name="resume"),
    path("ask/resume/link/<str:token>/", later_views.resume_link, name="resume_link"),
    path("ask/<slug:slug>/", portal_views.step, name="step"),
    path("request/open/", opening_views.open_page, name="open"),
    path("request/new-link/", opening_views.new_link, name="new_link"),
    path("request/link/<str:token>/", opening_views.link, name="link"),
    path("request/<uuid:reference>/", page_views.page, name="request"),
    path("request/<uuid:reference>/fact/", opening_views.fact, name="fact"),
    path("request/<uuid:reference>/code/", page_views.code, name="code"),
    path("request/<uuid:reference>/new-code/", page_views.new_code, name="new_code"),
    path("identity/return/", sign_in_views.back, name="sign_in_return"),
    path("request/<uuid:reference>/sign-in/", sign_in_views.start, name="sign_in"),
    path("request/<uuid:reference>/posted/", page_views.posted, name="posted"),
    path("request/<uuid:reference>/withdraw/", page_views.withdraw, name="withdraw"),
    path("request/<uuid:reference>/message/", page_views.message, name="message"),
    path("request/<uuid:reference>/mail-key/", page_views.mail_key, name="mail_key"),
    path("request/<uuid:reference>/file/<uuid:file>/", page_views.file, name="file"),
    path("request/<uuid:reference>/leave/", page_views.leave, name="leave"),
    path("request/<uuid:reference>/letter/<uuid:letter>/", page_views.letter, name="letter"),
    path("request/<uuid:reference>/pack/<uuid:pack>/", pack_views.read, name="pack_page"),
    path("request/<uuid:reference>/pack/<uuid:pack>/file/", pack_views.take, name="pack_pdf"),
    path(
        "request/<uuid:reference>/pack/<uuid:pack>/hand-over/",
        pack_views.hand_over,
        name="hand_over",
    ),
    path("request/<uuid:reference>/pack/<uuid:pack>/<str:form>/", pack_views.download, name="pack"),
    path("take/<str:token>/", pack_views.fetch, name="fetch"),
    path("request/<uuid:reference>/renew/", pack_views.renew, name="renew"),
]

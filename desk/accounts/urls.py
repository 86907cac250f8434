"""One's own account and second factors, and for administrators those of colleagues."""

from django.urls import path

from desk.accounts import colleague_views, sso_views, views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/set-up/", views.set_up, name="set_up"),
    path("account/app/", views.app, name="app"),
    path("account/passkey/", views.passkey, name="passkey"),
    path("account/codes/", views.codes, name="codes"),
    path("account/factors/<int:pk>/remove/", views.remove, name="remove"),
    path("account/confirm/", views.confirm_page, name="confirm"),
    path("account/confirm/organisation/", sso_views.confirm_there, name="sso_confirm"),
    path("account/connect/", sso_views.connect, name="connect"),
    path("account/disconnect/", sso_views.disconnect, name="disconnect"),
    path("account/password/", views.password, name="password"),
    path("account/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("account/sessions/end-others/", views.end_others, name="end_others"),
    path("colleagues/", colleague_views.colleagues, name="colleagues"),
    path("colleagues/<int:pk>/", colleague_views.colleague, name="colleague"),
    path("colleagues/<int:pk>/reset/", colleague_views.reset, name="reset"),
    path("colleagues/<int:pk>/sign-out/", colleague_views.sign_out, name="sign_out"),
]

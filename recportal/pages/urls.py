"""The addresses of the member pages. Records are named by their keys, which may hold dots but no slash."""

from django.urls import path

from . import corrections, exports, history, invitations, views

_MEMBER = "my/<str:community>/<str:member>/"

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("account/", views.account, name="account"),
    path("account/signed-out/", views.signed_out, name="signed_out"),
    path("invitations/<str:token>/", invitations.show, name="invitation"),
    path("invitations/<str:token>/accept/", invitations.accept, name="invitation_accept"),
    path("invitations/<str:token>/register/", invitations.register, name="invitation_register"),
    path("invitations/<str:token>/renew/", invitations.renew, name="invitation_renew"),
    path(_MEMBER, views.overview, name="overview"),
    path(_MEMBER + "assets/<str:asset>/", views.asset, name="asset"),
    path(_MEMBER + "assets/<str:asset>/history/", history.of_asset, name="asset_history"),
    path(_MEMBER + "history/", history.own, name="history"),
    path(_MEMBER + "community/", views.community, name="community"),
    path(_MEMBER + "data/", views.data, name="data"),
    path(_MEMBER + "data/json/", exports.as_json, name="data_json"),
    path(_MEMBER + "data/csv/", exports.as_csv, name="data_csv"),
    path(_MEMBER + "corrections/", corrections.listed, name="corrections"),
    path(_MEMBER + "corrections/new/", corrections.new, name="correction_new"),
    path(_MEMBER + "corrections/<int:pk>/withdraw/", corrections.withdraw, name="correction_withdraw"),
]

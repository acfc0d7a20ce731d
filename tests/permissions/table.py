"""Who may do what at which address: the permission table, as data.

A line is a route as the URL configuration has it (placeholders in braces), its methods, and a letter for
each caller. The callers stand in this order, in groups of four, three, two, two and three:

    nobody stranger member suspended   viewer editor manager   other root   wide_viewer wide_manager
    reader limited expired

`member` and `suspended` are members of community A without a role; `viewer`, `editor` and `manager` have
theirs in A, `other` is the manager of B; `wide_viewer` and `wide_manager` have a role over all communities
without being superusers. The last three come with a token: one of A's manager for reading, one of a superuser
limited to B, and one that has expired.

    +  2xx                    U  401, who are you?      B  400       E  422, a form with errors
    >  leads elsewhere        F  403, seen, not to do   C  409       T  429
    L  leads to signing in    N  404, not seen          M  405       !  503

The first group of letters is for A's records in the address (or in what is sent), the second, behind a bar,
for B's, the third for those of the suspended member, where they matter. A route without records has one
group. Lines that begin with blanks are more methods of the route above. A method that no line names must be
refused, or do no more than GET and POST do.

**A new route** gets its line here, of what the rules say it should answer: what one may not see is N, what
one sees but may not do is F. Without a line `test_every_route_is_in_the_table` fails, and shows how the route
answers today. A new placeholder gets its value in `Place.values` (register.py); a form or body that is not
sent as it stands, its fields in bodies.py. That no word, id or number of others is in an answer, and that a
GET and a refused request write nothing, is asked of every cell without further ado.
"""

from typing import Final

API: Final = """
/api/                                              GET          ++++ +++ ++ ++ +++
/api/schemas/                                      GET          ++++ +++ ++ ++ +++
/api/schemas/{name}/                               GET          ++++ +++ ++ ++ +++
/api/openapi.json                                  GET          ++++ +++ ++ ++ +++
/api/docs/                                         GET,POST     ++++ +++ ++ ++ +++
/api/communities/
    GET          U+++ +++ ++ ++ ++U
    POST         UFFF FFF F+ FF FFU
/api/communities/{community}/
    GET          UN+N +++ N+ ++ +NU | UNNN NNN ++ ++ N+U
    PUT,PATCH    UNFN FF+ N+ F+ FNU | UNNN NNN ++ F+ F+U
    DELETE       UNFN FFF NC FF FNU | UNNN NNN FC FF FFU
/api/communities/{community}/summary/              GET          UNFN +++ N+ ++ +NU | UNNN NNN ++ ++ N+U
/api/communities/{community}/areas/{area}/rename/  POST         UNFN FF+ N+ F+ FNU | UNNN NNN ++ F+ F+U
/api/communities/{community}/members/
    GET          UN+N +++ N+ ++ +NU | UNNN NNN ++ ++ N+U
    POST         UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U
/api/communities/{community}/members/{member}/
    GET          UN+N +++ N+ ++ +NU | UNNN NNN ++ ++ N+U | UNN+ +++ N+ ++ +NU
    PUT          UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U | UNFN F++ N+ F+ FNU
    PATCH        UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U | UNNF F++ N+ F+ FNU
    DELETE       UNFN FFC NC FC FNU | UNNN NNN CC FC FCU | UNNF FFC NC FC FNU
/api/communities/{community}/members/{member}/delivery-points/{point}/
    PUT,DELETE   UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U | UNNF F++ N+ F+ FNU
/api/members/                                      GET          U+++ +++ ++ ++ ++U
/api/members/lookup/                               POST         U+++ +++ ++ ++ ++U | U+++ +++ ++ ++ ++U
/api/me/                                           GET          U+++ +++ ++ ++ ++U
/api/communities/{community}/assets/
    GET          UN+N +++ N+ ++ +NU | UNNN NNN ++ ++ N+U
    POST         UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U
/api/communities/{community}/assets/{asset}/
    GET          UN+N +++ N+ ++ +NU | UNNN NNN ++ ++ N+U | UNNN +++ N+ ++ +NU
    PUT          UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U | UNFN F++ N+ F+ FNU
    PATCH,DELETE UNFN F++ N+ F+ FNU | UNNN NNN ++ F+ F+U | UNNN F++ N+ F+ FNU
/api/assets/                                       GET          U+++ +++ ++ ++ ++U
/api/assets/lookup/                                POST         U+++ +++ ++ ++ ++U | U+++ +++ ++ ++ ++U
/api/me/assets/                                    GET          U+++ +++ ++ ++ ++U
/api/me/export/                                    GET          U+++ +++ ++ ++ ++U
/api/bundles/                                      POST         UFFF FF+ F+ F+ FFU | UFFF FFF ++ F+ F+U
/api/bundles/{community}/                          GET          UNFN +++ N+ ++ +NU | UNNN NNN ++ ++ N+U
/api/{anything}                                    GET,POST     NNNN NNN NN NN NNN
"""

PAGES: Final = """
/healthz                                           GET          ++++ +++ ++ ++ +++
/readyz                                            GET          ++++ +++ ++ ++ +++
/                                                  GET          L+>> >>> >> >> LLL
/account/                                          GET          L+++ +++ ++ ++ LLL
/account/signed-out/                               GET          NNNN NNN NN NN NNN
/invitations/{token}/                              GET          ++++ +++ ++ ++ +++ | ++++ +++ ++ ++ +++
/invitations/{token}/accept/                       POST         L>>> >>> >> >> LLL | L>>> >>> >> >> LLL
/invitations/{token}/register/                     POST         E>>> >>> >> >> EEE | E>>> >>> >> >> EEE
/invitations/{token}/renew/                        POST         >>>> >>> >> >> >>> | >>>> >>> >> >> >>>
/my/{community}/{member}/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/assets/{asset}/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNNN NNN NN NN LLL
/my/{community}/{member}/assets/{asset}/history/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNNN NNN NN NN LLL
/my/{community}/{member}/history/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/community/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNNN NNN NN NN LLL
/my/{community}/{member}/data/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/data/json/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/data/csv/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/corrections/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
/my/{community}/{member}/corrections/new/
    GET          LN+N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN+ NNN NN NN LLL
    POST         LN>N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN> NNN NN NN LLL
/my/{community}/{member}/corrections/{pk}/withdraw/
    POST         LN>N NNN NN NN LLL | LNNN NNN NN NN LLL | LNN> NNN NN NN LLL
/language/                                         GET,POST     >>>> >>> >> >> >>>
"""

ACCOUNTS: Final = """
/accounts/login/                                   GET,POST     +>>> >>> >> >> +++
/accounts/logout/
    GET          >+++ +++ ++ ++ >>>
    POST         >>>> >>> >> >> >>>
/accounts/inactive/                                GET          ++++ +++ ++ ++ +++
/accounts/signup/                                  GET,POST     +>>> >>> >> >> +++
/accounts/reauthenticate/                          GET,POST     LFFF FFF F+ FF LLL
/accounts/email/
    GET          L+++ +++ ++ ++ LLL
    POST         L>>> >>> >> >> LLL
/accounts/confirm-email/                           GET          ++++ +++ ++ ++ +++
/accounts/password/change/                         GET,POST     L>>> >>> >+ >> LLL
/accounts/password/set/                            GET,POST     L+++ +++ +> ++ LLL
/accounts/password/reset/                          GET,POST     ++++ +++ ++ ++ +++
/accounts/login/code/confirm/                      GET,POST     >>>> >>> >> >> >>>
/accounts/confirm-email/{key}/
    GET          ++++ +++ ++ ++ +++
    POST         NNNN NNN NN NN NNN
/accounts/password/reset/key/done/                 GET          ++++ +++ ++ ++ +++
/accounts/password/reset/key/{uidb36}-{key}/       GET,POST     ++++ +++ ++ ++ +++
/accounts/password/reset/done/                     GET          ++++ +++ ++ ++ +++
/accounts/login/code/                              GET,POST     +>>> >>> >> >> +++
/accounts/2fa/
    GET          L+++ +++ ++ ++ LLL
    POST         LMMM MMM MM MM LLL
/accounts/2fa/authenticate/                        GET,POST     L>>> >>> >> >> LLL
/accounts/2fa/reauthenticate/                      GET,POST     LFFF FFF F> FF LLL
/accounts/2fa/totp/activate/                       GET,POST     L+++ +++ +> ++ LLL
/accounts/2fa/totp/deactivate/                     GET,POST     LNNN NNN NN NN LLL
/accounts/2fa/recovery-codes/
    GET          LNNN NNN NN NN LLL
    POST         LMMM MMM MM MM LLL
/accounts/2fa/recovery-codes/generate/             GET,POST     L+++ +++ +> ++ LLL
/accounts/2fa/recovery-codes/download/             GET,POST     LNNN NNN NN NN LLL
/accounts/3rdparty/login/cancelled/                GET          ++++ +++ ++ ++ +++
/accounts/3rdparty/login/error/                    GET          UUUU UUU UU UU UUU
/accounts/3rdparty/signup/                         GET,POST     LLLL LLL LL LL LLL
/accounts/3rdparty/                                GET,POST     L+++ +++ ++ ++ LLL
/accounts/social/login/cancelled/                  GET,POST     >>>> >>> >> >> >>>
/accounts/social/login/error/                      GET,POST     >>>> >>> >> >> >>>
/accounts/social/signup/                           GET,POST     >>>> >>> >> >> >>>
/accounts/social/connections/                      GET,POST     >>>> >>> >> >> >>>
/accounts/oidc/{provider_id}/login/                GET,POST     NNNN NNN NN NN NNN
/accounts/oidc/{provider_id}/login/callback/       GET,POST     NNNN NNN NN NN NNN
"""

ADMIN: Final = """
/admin/login/
    GET          LFFF >>> >> >> LLL
    POST         LLLL LLL LL LL LLL
/admin/switch/
    GET          LLLL MMM MM MM LLL
    POST         LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/                                            GET,POST     LLLL +++ ++ ++ LLL
/admin/logout/
    GET          >+++ +++ ++ ++ >>>
    POST         >>>> >>> >> >> >>>
/admin/password_change/                            GET,POST     LLLL >>> >> >> LLL
/admin/password_change/done/                       GET,POST     LLLL >>> >> >> LLL
/admin/autocomplete/
    GET          LLLL +++ ++ ++ LLL | LLLL +++ ++ ++ LLL
    POST         LLLL MMM MM MM LLL
/admin/jsi18n/
    GET          LLLL +++ ++ ++ LLL
    POST         LLLL MMM MM MM LLL
/admin/accounts/user/{id}/password/
    GET          LLLL FFF F+ FF LLL | LLLL FFF F+ FF LLL
    POST         LLLL FFF F> FF LLL | LLLL FFF F> FF LLL
/admin/accounts/user/                              GET,POST     LLLL FFF F+ FF LLL
/admin/accounts/user/add/
    GET          LLLL FFF F+ FF LLL
    POST         LLLL FFF F> FF LLL | LLLL FFF F> FF LLL
/admin/accounts/user/{object_id}/history/          GET,POST     LLLL FFF F+ FF LLL | LLLL FFF F+ FF LLL
/admin/accounts/user/{object_id}/delete/           GET,POST     LLLL FFF FF FF LLL | LLLL FFF FF FF LLL
/admin/accounts/user/{object_id}/change/
    GET          LLLL FFF F+ FF LLL | LLLL FFF F+ FF LLL
    POST         LLLL FFF F> FF LLL | LLLL FFF F> FF LLL
/admin/accounts/user/{object_id}/                  GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/communities/community/                      GET,POST     LLLL +++ ++ ++ LLL
/admin/communities/community/add/
    GET          LLLL FFF F+ FF LLL
    POST         LLLL FFF F> FF LLL | LLLL FFF F> FF LLL
/admin/communities/community/{object_id}/history/  GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/communities/community/{object_id}/delete/   GET,POST     LLLL FFF N+ FF LLL | LLLL NNN F+ FF LLL
/admin/communities/community/{object_id}/change/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/          GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/communities/staffrole/                      GET,POST     LLLL FF+ ++ F+ LLL
/admin/communities/staffrole/add/
    GET          LLLL FF+ ++ F+ LLL
    POST         LLLL FF> +> F> LLL | LLLL FF+ >> F> LLL
/admin/communities/staffrole/{object_id}/history/  GET,POST     LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
/admin/communities/staffrole/{object_id}/delete/
    GET          LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
    POST         LLLL NN> N> N> LLL | LLLL NNN >> N> LLL
/admin/communities/staffrole/{object_id}/change/
    GET          LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
    POST         LLLL NN> N> N> LLL | LLLL NNN >> N> LLL
/admin/communities/staffrole/{object_id}/          GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/communities/apitoken/                       GET,POST     LLLL FF+ ++ F+ LLL
/admin/communities/apitoken/add/
    GET          LLLL FF+ ++ F+ LLL
    POST         LLLL FF+ ++ F+ LLL | LLLL FF+ ++ F+ LLL
/admin/communities/apitoken/{object_id}/history/   GET,POST     LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
/admin/communities/apitoken/{object_id}/delete/    GET,POST     LLLL NNF NF NF LLL | LLLL NNN FF NF LLL
/admin/communities/apitoken/{object_id}/change/
    GET          LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
    POST         LLLL NN> N> N> LLL | LLLL NNN >> N> LLL
/admin/communities/apitoken/{object_id}/           GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/members/correction/                         GET,POST     LLLL F++ ++ F+ LLL
/admin/members/correction/add/
    GET          LLLL FFF FF FF LLL
    POST         LLLL FFF FF FF LLL | LLLL FFF FF FF LLL
/admin/members/correction/{object_id}/history/     GET,POST     LLLL N++ N+ N+ LLL | LLLL NNN ++ N+ LLL
/admin/members/correction/{object_id}/delete/      GET,POST     LLLL NFF NF NF LLL | LLLL NNN FF NF LLL
/admin/members/correction/{object_id}/change/
    GET          LLLL N++ N+ N+ LLL | LLLL NNN ++ N+ LLL
    POST         LLLL N>> N> N> LLL | LLLL NNN >> N> LLL
/admin/members/correction/{object_id}/             GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/mail/mail/                                  GET,POST     LLLL FF+ ++ F+ LLL
/admin/mail/mail/add/
    GET          LLLL FFF FF FF LLL
    POST         LLLL FFF FF FF LLL | LLLL FFF FF FF LLL
/admin/mail/mail/{object_id}/history/              GET,POST     LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
/admin/mail/mail/{object_id}/delete/               GET,POST     LLLL NNF NF NF LLL | LLLL NNN FF NF LLL
/admin/mail/mail/{object_id}/change/
    GET          LLLL NN+ N+ N+ LLL | LLLL NNN ++ N+ LLL
    POST         LLLL NNF NF NF LLL | LLLL NNN FF NF LLL
/admin/mail/mail/{object_id}/                      GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/members/member/{object_id}/access/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/members/member/                             GET,POST     LLLL +++ ++ ++ LLL
/admin/members/member/add/
    GET          LLLL F++ ++ F+ LLL
    POST         LLLL F>> +> F> LLL | LLLL F++ >> F> LLL
/admin/members/member/{object_id}/history/         GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/members/member/{object_id}/delete/          GET,POST     LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
/admin/members/member/{object_id}/change/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL F>> N> F> LLL | LLLL NNN >> F> LLL
/admin/members/member/{object_id}/                 GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/assets/asset/                               GET,POST     LLLL +++ ++ ++ LLL
/admin/assets/asset/add/
    GET          LLLL F++ ++ F+ LLL
    POST         LLLL F>> +> F> LLL | LLLL F++ >> F> LLL
/admin/assets/asset/{object_id}/history/           GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/assets/asset/{object_id}/delete/
    GET          LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL F>> N> F> LLL | LLLL NNN >> F> LLL
/admin/assets/asset/{object_id}/change/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL F>> N> F> LLL | LLLL NNN >> F> LLL
/admin/assets/asset/{object_id}/                   GET,POST     LLLL >>> >> >> LLL | LLLL >>> >> >> LLL
/admin/import/                                     GET,POST     LLLL FF+ ++ F+ LLL
/admin/import/{upload}/
    GET          LLLL FF+ NN FN LLL | LLLL FFN +N FN LLL
    POST         LLLL FF> NN FN LLL | LLLL FFN >N FN LLL
/admin/import/{upload}/report.{form}               GET,POST     LLLL FF+ NN FN LLL | LLLL FFN +N FN LLL
/admin/export/template/{records}.csv               GET,POST     LLLL +++ ++ ++ LLL
/admin/export/community/{community}.{form}         GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/export/{records}.{form}                     GET,POST     LLLL +++ ++ ++ LLL
/admin/search/
    GET          LLLL +++ ++ ++ LLL | LLLL +++ ++ ++ LLL
    POST         LLLL MMM MM MM LLL
/admin/notices/
    GET          LLLL +++ ++ ++ LLL
    POST         LLLL MMM MM MM LLL
/admin/notices/count/
    GET          LLLL MMM MM MM LLL
    POST         LLLL >>> >> >> LLL
/admin/communities/community/{community_id}/dashboard/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL MMM MM MM LLL | LLLL MMM MM MM LLL
/admin/communities/community/{object_id}/areas/    GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/communities/community/{object_id}/areas/add/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/areas/{key}/change/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/areas/{key}/rename/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/areas/{key}/remove/
    GET,POST     LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
/admin/communities/community/{object_id}/map/      GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/communities/community/{object_id}/grid/     GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/communities/community/{object_id}/grid/add/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/grid/node/
    GET          LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/grid/node/remove/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/communities/community/{object_id}/undo/{pk}/
    GET,POST     LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
/admin/members/member/{object_id}/status/          GET,POST     LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
/admin/members/member/{object_id}/purge/
    GET          LLLL FF+ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL FF> N> F> LLL | LLLL NNN >> F> LLL
/admin/members/member/{object_id}/holdings/        GET,POST     LLLL +++ N+ ++ LLL | LLLL NNN ++ ++ LLL
/admin/members/member/{object_id}/holdings/{pk}/
    GET          LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
/admin/members/member/{object_id}/undo/{pk}/
    GET          LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL F>> N> F> LLL | LLLL NNN >> F> LLL
/admin/assets/asset/{object_id}/undo/{pk}/
    GET          LLLL F++ N+ F+ LLL | LLLL NNN ++ F+ LLL
    POST         LLLL F>> N> F> LLL | LLLL NNN >> F> LLL
/admin/{app_label}/                                GET,POST     LLLL +++ ++ ++ LLL
/admin/{url}                                       GET,POST     LLLL NNN NN NN LLL
"""

#: Pages that show one member to whoever has the link.
BY_LINK: Final = "/invitations/"

#: Forms that answer with a page that shows, this once, the secret that they made.
SHOWS_WHAT_IT_MADE: Final = ("/admin/communities/apitoken/add/",)

"""Addresses of people, teams and the audit trail."""

from __future__ import annotations

from django.urls import path

from accounts.views import (
    audit,
    calendars,
    invitations,
    matrix,
    people,
    profile,
    reviews,
    security,
    single_sign_on,
    tokens,
)

app_name = "accounts"
urlpatterns = [
    path("team/", people.team_list, name="team_list"),
    path("team/matrix/", matrix.permission_matrix, name="permission_matrix"),
    path("team/access-review/", reviews.access_review, name="access_review"),
    path("team/access-review/csv/", reviews.access_review_csv, name="access_review_csv"),
    path("team/access-review/pdf/", reviews.access_review_pdf, name="access_review_pdf"),
    path("team/<int:pk>/", people.person_detail, name="person_detail"),
    path("team/<int:pk>/grant-role/", people.person_grant_role, name="person_grant_role"),
    path("team/<int:pk>/end-role/", people.person_end_role, name="person_end_role"),
    path("team/<int:pk>/join-team/", people.person_join_team, name="person_join_team"),
    path(
        "team/<int:pk>/memberships/<int:membership_pk>/end/",
        people.person_leave_team,
        name="person_leave_team",
    ),
    path("team/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("team/<int:pk>/erase/", people.person_erase, name="person_erase"),
    path("team/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("team/invitations/", invitations.invitation_list, name="invitation_list"),
    path(
        "team/invitations/<int:pk>/resend/",
        invitations.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "team/invitations/<int:pk>/revoke/",
        invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path("invitation/", invitations.invitation_accept, name="invitation_accept"),
    path("invitation/<str:token>/", invitations.invitation_open, name="invitation_open"),
    path("sign-in/single/", single_sign_on.single_sign_on, name="single_sign_on"),
    path("sign-in/single/back/", single_sign_on.single_sign_on_back, name="single_sign_on_back"),
    path("account/profile/", profile.profile, name="profile"),
    path("account/security/", security.security, name="security"),
    path("account/sessions/<int:pk>/end/", security.session_end, name="session_end"),
    path("account/sessions/end/", security.sessions_end, name="sessions_end"),
    path("settings/tokens/", tokens.token_list, name="token_list"),
    path("settings/tokens/new/", tokens.token_new, name="token_new"),
    path("settings/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("calendars/", calendars.calendar_list, name="calendar_list"),
    path("calendars/new/", calendars.calendar_new, name="calendar_new"),
    path("calendars/<int:pk>/", calendars.calendar_detail, name="calendar_detail"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("audit/access/", audit.access_list, name="access_list"),
]

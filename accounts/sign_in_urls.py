"""The sign-in library's URL names at our paths; the library looks them up by these names."""

from __future__ import annotations

from allauth.account import views
from django.urls import path, re_path

from accounts.views import security, sign_in

RESET_LINK = r"^sign-in/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$"

urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("sign-in/reset/", sign_in.RequestReset.as_view(), name="account_reset_password"),
    path("sign-in/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "sign-in/reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(RESET_LINK, sign_in.ResetPassword.as_view(), name="account_reset_password_from_key"),
    path("account/password/", sign_in.ChangePassword.as_view(), name="account_change_password"),
    path("account/confirm/", sign_in.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("sign-in/factor/", security.Factor.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", security.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("account/confirm/code/", security.FactorAgain.as_view(), name="mfa_reauthenticate"),
    path(
        "account/confirm/passkey/",
        security.PasskeyAgain.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/security/", security.security, name="mfa_index"),
    path("account/security/app/add/", security.AddApp.as_view(), name="mfa_activate_totp"),
    path("account/security/app/remove/", security.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/security/passkeys/", security.security, name="mfa_list_webauthn"),
    path("account/security/passkeys/add/", security.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/security/passkeys/<int:pk>/edit/",
        security.RenamePasskey.as_view(),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/security/passkeys/<int:pk>/remove/",
        security.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("account/security/codes/", security.SpareCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "account/security/codes/new/",
        security.NewSpareCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        ".well-known/change-password",
        sign_in.change_password_well_known,
        name="change_password_well_known",
    ),
]

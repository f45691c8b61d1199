"""Which pages speak every language of Attune, and the language of the person who reads one.

A page is listed here once every word of it is in the catalog; any other page is wholly English, so
that none is half in one language. Tests walk what is listed: tests/config/test_spoken_pages.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from lib.speaking import SOURCE, spoken_language

# These pick the language of a survey by themselves, and ask for no person.
OF_RESPONDENTS = frozenset(
    f"feedback:{name}"
    for name in "open_link answer_survey survey_trap opt_out answer_open about_surveys".split()
)
# Packages know nobody by a cookie: the launch tells whose language it is.
OF_LAUNCHES = frozenset(f"training:scorm_{name}" for name in "frame runtime file commit".split())
OF_PEOPLE = frozenset(
    """home crm:search crm:caller_lookup
    crm:interaction_list crm:interaction_detail crm:interaction_new crm:interaction_values
    crm:interaction_customer crm:interaction_note crm:interaction_notes crm:recording_add
    crm:interaction_tag_add crm:interaction_tag_remove crm:transcript_align
    crm:disposition_set crm:disposition_remove
    crm:customer_list crm:customer_detail crm:customer_new crm:customer_edit crm:customer_deleted
    crm:customer_vip crm:customer_delete crm:customer_restore crm:customer_restrict
    crm:customer_unrestrict crm:duplicate_check crm:note_write crm:note_edit crm:note_pin
    crm:point_add crm:point_act crm:point_invalid crm:point_reveal crm:tag_add crm:tag_remove
    crm:consent_record crm:role_add crm:role_end crm:relation_add crm:relation_end
    crm:segment_list crm:segment_new crm:segment_edit crm:segment_count crm:segment_delete
    crm:organization_list crm:organization_new crm:organization_detail crm:organization_edit
    crm:interaction_cases crm:customer_work
    quality:interaction_panel feedback:interaction_feedback reports:risk_panel
    account_login account_logout account_reset_password account_reset_password_done
    account_reset_password_from_key account_reset_password_from_key_done account_change_password
    account_reauthenticate accounts:profile accounts:security accounts:session_end
    accounts:sessions_end accounts:invitation_open accounts:invitation_accept mfa_authenticate
    mfa_login_webauthn mfa_reauthenticate mfa_reauthenticate_webauthn mfa_index mfa_activate_totp
    mfa_deactivate_totp mfa_add_webauthn mfa_list_webauthn mfa_remove_webauthn
    mfa_view_recovery_codes mfa_generate_recovery_codes
    quality:my_results quality:evaluation_detail quality:evaluation_revisions
    quality:evaluation_acknowledge quality:evaluation_approve quality:evaluation_release
    quality:evaluation_return quality:evaluation_void quality:evaluation_resubmit
    quality:coaching_request quality:evaluation_receipt quality:self_assessment
    quality:dispute_file quality:dispute_detail quality:dispute_preview
    quality:dispute_take quality:dispute_withdraw quality:dispute_decide
    training:agent_panel training:my_learning training:catalog training:course_enroll
    training:certificate_list training:live_list training:live_detail
    training:live_cancel training:attendance_note training:seat_take training:seat_give_up
    training:path_detail training:path_choose training:role_list training:role_detail
    training:role_choose training:enrollment_detail training:enrollment_renew training:lesson_detail
    training:lesson_beat training:lesson_done training:exercise_hand_in training:scorm_launch
    training:my_requirements training:document_hand_in
    training:session_detail training:session_answer training:session_move training:session_open_to
    training:note_save training:agenda_add training:agenda_lay_out training:agenda_change
    training:evidence_add training:action_add training:action_cancel
    training:attempt_start training:attempt_detail training:attempt_save training:answer_save
    reports:own_scorecard reports:agent_scorecard reports:agent_sides
    reports:definition_list reports:self_test reports:definition_detail reports:number
    reports:difference reports:run_order reports:run_list reports:run_detail reports:run_cancel
    reports:run_retry training:certificate_verify
    feedback:my_feedback feedback:wall feedback:kudos_give feedback:kudos_detail
    feedback:kudos_react feedback:kudos_withdraw feedback:kudos_keep feedback:kudos_remove
    feedback:kudos_report feedback:award_show
    feedback:my_recognition feedback:points_statement feedback:recognition_preferences
    feedback:reward_list feedback:reward_redeem feedback:redemption_list
    feedback:redemption_approve feedback:redemption_decline feedback:redemption_fulfill
    feedback:redemption_cancel feedback:badge_list feedback:badge_detail feedback:badge_award
    feedback:rule_write feedback:rule_activate feedback:starter_add feedback:award_revoke
    feedback:program_list feedback:program_detail feedback:program_move
    feedback:nomination_withdraw feedback:nomination_score
    feedback:board_list feedback:board_show
    crm:task_list crm:task_new crm:task_detail crm:task_edit crm:task_take crm:task_complete
    crm:task_cancel crm:task_reopen crm:promise_list crm:promise_new crm:promise_detail
    crm:promise_keep crm:promise_withdraw crm:view_save crm:view_delete
    crm:export_order crm:case_list crm:case_figures crm:case_new crm:case_detail crm:case_edit
    crm:case_move crm:case_take crm:case_watch crm:case_message crm:case_note crm:case_pin
    crm:case_tag_add crm:case_tag_remove crm:case_macro crm:case_link crm:case_unlink crm:case_merge
    crm:case_split crm:case_clocks crm:case_excuse crm:bulk_new crm:bulk_detail
    crm:macro_list crm:macro_new crm:macro_edit crm:macro_retire crm:reply_new crm:reply_edit
    crm:reply_retire""".split()
)


def language_of_reader(request: HttpRequest) -> str:
    """The person's own language, else the browser's; the latter too while no person can be read."""
    try:
        own = getattr(getattr(request, "user", None), "language", "")
    except Error:
        own = ""
    return spoken_language(own or translation.get_language_from_request(request))


class SpokenPagesMiddleware:
    """Speaks a person's own language, else the browser's; English on pages that are not listed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(translation.get_language()):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or SOURCE)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OF_RESPONDENTS | OF_LAUNCHES:
            return
        if name not in OF_PEOPLE:
            translation.activate(SOURCE)
        elif own := getattr(request.user, "language", ""):
            translation.activate(spoken_language(own))

"""Addresses of courses, learning and coaching."""

from __future__ import annotations

from django.urls import path

from training.views import (
    agendas,
    attempts,
    board,
    builder,
    certificates,
    coaching,
    compliance,
    courses,
    effects,
    grading,
    learning,
    live,
    panels,
    paths,
    people,
    qualification,
    quizzes,
    remediation,
    scorm,
    scorm_content,
    skills,
)

app_name = "training"
learning_urls = [
    path("learning/", learning.my_learning, name="my_learning"),
    path("learning/catalog/", learning.catalog, name="catalog"),
    path("learning/courses/<int:pk>/enroll/", learning.course_enroll, name="course_enroll"),
    path("learning/enrollments/<int:pk>/", learning.enrollment_detail, name="enrollment_detail"),
    path(
        "learning/enrollments/<int:pk>/renew/", learning.enrollment_renew, name="enrollment_renew"
    ),
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/",
        learning.lesson_detail,
        name="lesson_detail",
    ),
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/beat/",
        learning.lesson_beat,
        name="lesson_beat",
    ),
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/done/",
        learning.lesson_done,
        name="lesson_done",
    ),
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/hand-in/",
        learning.exercise_hand_in,
        name="exercise_hand_in",
    ),
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/start/",
        attempts.attempt_start,
        name="attempt_start",
    ),
    path("learning/attempts/<int:pk>/", attempts.attempt_detail, name="attempt_detail"),
    path("learning/attempts/<int:pk>/save/", attempts.attempt_save, name="attempt_save"),
    path(
        "learning/attempts/<int:pk>/items/<int:position>/",
        attempts.answer_save,
        name="answer_save",
    ),
    path("learning/attempts/<int:pk>/void/", grading.attempt_void, name="attempt_void"),
]
course_urls = [
    path("training/courses/", courses.course_list, name="course_list"),
    path("training/courses/new/", courses.course_create, name="course_create"),
    path("training/courses/<int:pk>/", courses.course_detail, name="course_detail"),
    path("training/courses/<int:pk>/edit/", courses.course_edit, name="course_edit"),
    path("training/courses/<int:pk>/retire/", courses.course_retire, name="course_retire"),
    path("training/courses/<int:pk>/open/", courses.revision_open, name="revision_open"),
    path("training/courses/<int:pk>/submit/", courses.revision_submit, name="revision_submit"),
    path("training/courses/<int:pk>/return/", courses.revision_return, name="revision_return"),
    path("training/courses/<int:pk>/publish/", courses.revision_publish, name="revision_publish"),
    path(
        "training/courses/<int:pk>/prerequisites/",
        courses.prerequisite_add,
        name="prerequisite_add",
    ),
    path(
        "training/courses/<int:pk>/prerequisites/<int:prerequisite_id>/remove/",
        courses.prerequisite_remove,
        name="prerequisite_remove",
    ),
    path("training/courses/<int:pk>/build/", builder.course_build, name="course_build"),
    path("training/courses/<int:pk>/build/edit/", builder.revision_edit, name="revision_edit"),
    path("training/courses/<int:pk>/build/modules/", builder.module_add, name="module_add"),
    path(
        "training/courses/<int:pk>/build/modules/<int:module_id>/",
        builder.module_change,
        name="module_change",
    ),
    path(
        "training/courses/<int:pk>/build/modules/<int:module_id>/lessons/",
        builder.lesson_add,
        name="lesson_add",
    ),
    path(
        "training/courses/<int:pk>/build/lessons/<int:lesson_id>/edit/",
        builder.lesson_edit,
        name="lesson_edit",
    ),
    path(
        "training/courses/<int:pk>/build/lessons/<int:lesson_id>/move/",
        builder.lesson_move,
        name="lesson_move",
    ),
    path(
        "training/courses/<int:pk>/build/lessons/<int:lesson_id>/image/",
        builder.lesson_image,
        name="lesson_image",
    ),
]
quiz_urls = [
    path("training/questions/", quizzes.question_list, name="question_list"),
    path("training/questions/new/", quizzes.question_edit, name="question_create"),
    path("training/questions/<int:pk>/", quizzes.question_edit, name="question_edit"),
    path("training/questions/<int:pk>/retire/", quizzes.question_retire, name="question_retire"),
    path("training/questions/<int:pk>/regrade/", quizzes.question_regrade, name="question_regrade"),
    path("training/quizzes/", quizzes.quiz_list, name="quiz_list"),
    path("training/quizzes/new/", quizzes.quiz_create, name="quiz_create"),
    path("training/quizzes/<int:pk>/edit/", quizzes.quiz_edit, name="quiz_edit"),
    path("training/quizzes/<int:pk>/build/", quizzes.quiz_build, name="quiz_build"),
    path("training/quizzes/<int:pk>/items/", quizzes.quiz_items, name="quiz_items"),
    path("training/quizzes/<int:pk>/sections/", quizzes.section_add, name="section_add"),
    path(
        "training/quizzes/<int:pk>/sections/<int:section_id>/delete/",
        quizzes.section_delete,
        name="section_delete",
    ),
    path(
        "training/quizzes/<int:pk>/sections/<int:section_id>/questions/",
        quizzes.section_put,
        name="section_put",
    ),
    path(
        "training/quizzes/<int:pk>/questions/<int:row_id>/take-out/",
        quizzes.section_take_out,
        name="section_take_out",
    ),
    path("training/grading/", grading.grading_list, name="grading_list"),
    path("training/grading/exercises/<int:pk>/", grading.submission_grade, name="submission_grade"),
    path("training/grading/answers/<int:pk>/", grading.item_grade, name="item_grade"),
]
board_urls = [
    path("training/board/", board.board, name="board"),
    path("training/board/export/", board.board_export, name="board_export"),
    path("training/board/act/", board.board_act, name="board_act"),
    path("training/assign/", board.assign, name="assign"),
    path("training/pauses/new/", board.pause_add, name="pause_add"),
    path("training/pauses/<int:pk>/end/", board.pause_end, name="pause_end"),
    path("training/rules/", board.rule_list, name="rule_list"),
    path("training/rules/new/", board.rule_edit, name="rule_create"),
    path("training/rules/<int:pk>/", board.rule_edit, name="rule_edit"),
    path("training/rules/<int:pk>/run/", board.rule_run, name="rule_run"),
]
remediation_urls = [
    path("training/proposals/", remediation.proposal_list, name="proposal_list"),
    path("training/proposals/<int:pk>/", remediation.proposal_detail, name="proposal_detail"),
    path(
        "training/proposals/<int:pk>/confirm/",
        remediation.proposal_confirm,
        name="proposal_confirm",
    ),
    path(
        "training/proposals/<int:pk>/dismiss/",
        remediation.proposal_dismiss,
        name="proposal_dismiss",
    ),
    path("training/remediation/", remediation.remediation_list, name="remediation_list"),
    path("training/remediation/new/", remediation.remediation_edit, name="remediation_create"),
    path("training/remediation/<int:pk>/", remediation.remediation_edit, name="remediation_edit"),
    path(
        "training/remediation/<int:pk>/replay/",
        remediation.remediation_replay,
        name="remediation_replay",
    ),
]
coaching_urls = [
    path("coaching/", coaching.coaching_board, name="coaching_board"),
    path("coaching/sessions/new/", coaching.session_plan, name="session_plan"),
    path("coaching/sessions/<int:pk>/", coaching.session_detail, name="session_detail"),
    path("coaching/sessions/<int:pk>/move/", coaching.session_move, name="session_move"),
    path("coaching/sessions/<int:pk>/answer/", coaching.session_answer, name="session_answer"),
    path("coaching/sessions/<int:pk>/record/", coaching.session_record, name="session_record"),
    path("coaching/sessions/<int:pk>/readers/", coaching.session_open_to, name="session_open_to"),
    path("coaching/sessions/<int:pk>/notes/", coaching.note_save, name="note_save"),
    path("coaching/sessions/<int:pk>/agenda/", coaching.agenda_add, name="agenda_add"),
    path(
        "coaching/sessions/<int:pk>/agenda/<int:item_id>/",
        coaching.agenda_change,
        name="agenda_change",
    ),
    path(
        "coaching/sessions/<int:pk>/agenda/<int:item_id>/evidence/",
        coaching.evidence_add,
        name="evidence_add",
    ),
    path(
        "coaching/sessions/<int:pk>/agenda/<int:item_id>/actions/",
        coaching.action_add,
        name="action_add",
    ),
    path(
        "coaching/sessions/<int:pk>/actions/<int:action_id>/cancel/",
        coaching.action_cancel,
        name="action_cancel",
    ),
    path("coaching/sessions/<int:pk>/template/", coaching.agenda_lay_out, name="agenda_lay_out"),
    path("coaching/agendas/", agendas.agenda_list, name="agenda_list"),
    path("coaching/agendas/<int:pk>/", agendas.agenda_edit, name="agenda_edit"),
    path("coaching/agendas/<int:pk>/retire/", agendas.agenda_retire, name="agenda_retire"),
    path("coaching/programs/", coaching.program_list, name="program_list"),
    path("coaching/programs/<int:pk>/end/", coaching.program_end, name="program_end"),
]
scorm_urls = [
    path(
        "learning/enrollments/<int:pk>/lessons/<int:lesson_id>/launch/",
        scorm.scorm_launch,
        name="scorm_launch",
    ),
    path("training/scorm/", scorm.scorm_list, name="scorm_list"),
    path("training/scorm/import/", scorm.scorm_import, name="scorm_import"),
    path("training/scorm/imports/<int:pk>/", scorm.scorm_import_detail, name="scorm_import_detail"),
    path("training/scorm/<int:pk>/", scorm.scorm_detail, name="scorm_detail"),
    path("training/scorm/<int:pk>/switch/", scorm.scorm_switch, name="scorm_switch"),
    path("training/scorm/<int:pk>/browse/", scorm.scorm_browse, name="scorm_browse"),
    path("scorm/<str:token>/", scorm_content.scorm_frame, name="scorm_frame"),
    path("scorm/<str:token>/commit/", scorm_content.scorm_commit, name="scorm_commit"),
    path("scorm/<str:token>/runtime/<str:name>", scorm_content.scorm_runtime, name="scorm_runtime"),
    path("scorm/<str:token>/files/<path:path>", scorm_content.scorm_file, name="scorm_file"),
]
certificate_urls = [
    path("training/certificates/", certificates.certificate_list, name="certificate_list"),
    path(
        "training/certificates/<int:pk>/revoke/",
        certificates.certificate_revoke,
        name="certificate_revoke",
    ),
    path("verify/<str:serial>/", certificates.certificate_verify, name="certificate_verify"),
]
path_urls = [
    path("training/paths/", paths.path_list, name="path_list"),
    path("training/paths/new/", paths.path_edit, name="path_create"),
    path("training/paths/<int:pk>/edit/", paths.path_edit, name="path_edit"),
    path("training/paths/<int:pk>/build/", paths.path_build, name="path_build"),
    path("training/paths/<int:pk>/retire/", paths.path_retire, name="path_retire"),
    path("training/paths/<int:pk>/steps/<int:step_id>/", paths.step_change, name="step_change"),
    path("learning/paths/<int:pk>/", paths.path_detail, name="path_detail"),
    path("learning/paths/<int:pk>/choose/", paths.path_choose, name="path_choose"),
]
compliance_urls = [
    path("training/compliance/", compliance.compliance, name="compliance"),
    path("training/compliance/export/", compliance.compliance_export, name="compliance_export"),
    path("training/compliance/pdf/", compliance.compliance_sheet_pdf, name="compliance_sheet_pdf"),
    path(
        "training/compliance/people/<int:pk>/",
        compliance.compliance_person,
        name="compliance_person",
    ),
    path("learning/people/<int:pk>/evidence/", people.evidence_pdf, name="evidence_pdf"),
    path(
        "learning/people/<int:pk>/evidence/export/", people.evidence_export, name="evidence_export"
    ),
    path("learning/people/<int:pk>/development/", people.development_pdf, name="development_pdf"),
    path(
        "training/requirement-orders/<int:pk>/withdraw/",
        compliance.requirement_withdraw,
        name="requirement_withdraw",
    ),
    path(
        "training/requirement-orders/<int:pk>/withdraw/",
        compliance.requirement_withdraw,
        name="requirement_withdraw",
    ),
    path("training/cycles/<int:pk>/waive/", compliance.cycle_waive, name="cycle_waive"),
    path("training/requirements/", compliance.requirement_list, name="requirement_list"),
    path("training/requirements/new/", compliance.requirement_edit, name="requirement_create"),
    path("training/requirements/<int:pk>/", compliance.requirement_edit, name="requirement_edit"),
    path(
        "training/requirements/<int:pk>/retire/",
        compliance.requirement_retire,
        name="requirement_retire",
    ),
    path("training/documents/", compliance.document_list, name="document_list"),
    path("training/documents/<int:pk>/decide/", compliance.document_decide, name="document_decide"),
    path("learning/requirements/", compliance.my_requirements, name="my_requirements"),
    path(
        "learning/requirements/<int:pk>/hand-in/",
        compliance.document_hand_in,
        name="document_hand_in",
    ),
]
effect_urls = [
    path("training/effects/", effects.effect_list, name="effect_list"),
    path("training/effects/new/", effects.effect_create, name="effect_create"),
    path("training/effects/<int:pk>/", effects.effect_detail, name="effect_detail"),
    path("training/effects/<int:pk>/pdf/", effects.effect_pdf, name="effect_pdf"),
    path("training/effects/coaches/", effects.effect_coaches, name="effect_coaches"),
    path("training/effects/courses/", effects.effect_courses, name="effect_courses"),
    path("training/effects/rankings/", effects.ranking_order, name="ranking_order"),
    path("training/ties/<int:pk>/remove/", effects.tie_remove, name="tie_remove"),
]
panel_urls = [
    path("training/panels/agents/<int:agent_id>/", panels.agent_panel, name="agent_panel"),
]
live_urls = [
    path("learning/sessions/", live.live_list, name="live_list"),
    path("learning/sessions/<int:pk>/", live.live_detail, name="live_detail"),
    path("learning/sessions/<int:pk>/seat/", live.seat_take, name="seat_take"),
    path("learning/sessions/<int:pk>/give-up/", live.seat_give_up, name="seat_give_up"),
    path("learning/sessions/<int:pk>/calendar/", live.seat_calendar, name="seat_calendar"),
    path("training/sessions/new/", live.live_edit, name="live_create"),
    path("training/sessions/<int:pk>/edit/", live.live_edit, name="live_edit"),
    path("training/sessions/<int:pk>/cancel/", live.live_cancel, name="live_cancel"),
    path("training/sessions/<int:pk>/attendance/", live.attendance_note, name="attendance_note"),
]
qualification_urls = [
    path("learning/qualifications/", qualification.qualification_list, name="qualification_list"),
    path(
        "learning/qualifications/scorecards/<int:pk>/start/",
        qualification.qualification_start,
        name="qualification_start",
    ),
    path(
        "learning/qualifications/<int:pk>/",
        qualification.qualification_detail,
        name="qualification_detail",
    ),
    path(
        "learning/qualifications/<int:pk>/items/<int:position>/",
        qualification.qualification_mark,
        name="qualification_mark",
    ),
    path(
        "learning/qualifications/<int:pk>/end/",
        qualification.qualification_end,
        name="qualification_end",
    ),
    path(
        "training/qualifications/<int:pk>/revoke/",
        qualification.qualification_revoke,
        name="qualification_revoke",
    ),
]
skill_urls = [
    path("training/skills/", skills.skill_matrix, name="skill_matrix"),
    path("training/skills/people/<int:pk>/", skills.skill_person, name="skill_person"),
    path("training/skills/all/", skills.skill_list, name="skill_list"),
    path("training/skills/new/", skills.skill_edit, name="skill_create"),
    path("training/skills/<int:pk>/", skills.skill_edit, name="skill_edit"),
    path("learning/roles/", skills.role_list, name="role_list"),
    path("learning/roles/<int:pk>/", skills.role_detail, name="role_detail"),
    path("learning/roles/<int:pk>/choose/", skills.role_choose, name="role_choose"),
    path("training/roles/new/", skills.role_edit, name="role_create"),
    path("training/roles/<int:pk>/", skills.role_edit, name="role_edit"),
]
urlpatterns = [
    *certificate_urls,
    *scorm_urls,
    *learning_urls,
    *course_urls,
    *quiz_urls,
    *board_urls,
    *remediation_urls,
    *coaching_urls,
    *path_urls,
    *compliance_urls,
    *effect_urls,
    *panel_urls,
    *live_urls,
    *qualification_urls,
    *skill_urls,
]

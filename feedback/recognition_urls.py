"""Addresses of recognition, below /recognition/."""

from __future__ import annotations

from django.urls import URLPattern, path

from feedback.views import awards, badges, boards, fair_play, grants, kudos, rewards
from feedback.views import recognition_mine as mine
from feedback.views import recognition_papers as papers

KUDOS = "recognition/kudos/<int:pk>/"
ORDER = "recognition/redemptions/<int:pk>/"
GRANT = "recognition/grants/<int:pk>/"
PROGRAM = "recognition/programs/<int:pk>/"
BADGE = "recognition/badges/<int:pk>/"
FLAG = "recognition/fair-play/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("recognition/", kudos.wall, name="wall"),
    path("recognition/give/", kudos.kudos_give, name="kudos_give"),
    path(KUDOS, kudos.kudos_detail, name="kudos_detail"),
    path(KUDOS + "withdraw/", kudos.kudos_withdraw, name="kudos_withdraw"),
    path(KUDOS + "remove/", kudos.kudos_remove, name="kudos_remove"),
    path(KUDOS + "keep/", kudos.kudos_keep, name="kudos_keep"),
    path(KUDOS + "react/", kudos.kudos_react, name="kudos_react"),
    path(KUDOS + "report/", kudos.kudos_report, name="kudos_report"),
    path("recognition/mine/", mine.my_recognition, name="my_recognition"),
    path("recognition/points/", mine.points_statement, name="points_statement"),
    path("recognition/points/export/", mine.points_export, name="points_export"),
    path("recognition/preferences/", mine.recognition_preferences, name="recognition_preferences"),
    path("recognition/points/statement.pdf", papers.points_paper, name="points_paper"),
    path("recognition/liability.pdf", papers.liability_paper, name="liability_paper"),
    path("recognition/fair-play.pdf", papers.fair_play_paper, name="fair_play_paper"),
    path("recognition/rewards/", rewards.reward_list, name="reward_list"),
    path("recognition/rewards/<int:pk>/redeem/", rewards.reward_redeem, name="reward_redeem"),
    path("recognition/redemptions/", rewards.redemption_list, name="redemption_list"),
    path("recognition/redemptions/export/", rewards.redemption_export, name="redemption_export"),
    path(ORDER + "approve/", rewards.redemption_approve, name="redemption_approve"),
    path(ORDER + "decline/", rewards.redemption_decline, name="redemption_decline"),
    path(ORDER + "fulfill/", rewards.redemption_fulfill, name="redemption_fulfill"),
    path(ORDER + "cancel/", rewards.redemption_cancel, name="redemption_cancel"),
    path("recognition/grants/", grants.grant_list, name="grant_list"),
    path(GRANT + "approve/", grants.grant_approve, name="grant_approve"),
    path(GRANT + "decline/", grants.grant_decline, name="grant_decline"),
    path(GRANT + "cancel/", grants.grant_cancel, name="grant_cancel"),
    path("recognition/budgets/fund/", grants.budget_fund, name="budget_fund"),
    path("recognition/budgets/export/", grants.budget_export, name="budget_export"),
    path("recognition/liability/", grants.liability, name="liability"),
    path("recognition/programs/", awards.program_list, name="program_list"),
    path(PROGRAM, awards.program_detail, name="program_detail"),
    path(PROGRAM + "move/", awards.program_move, name="program_move"),
    path(
        "recognition/nominations/<int:pk>/withdraw/",
        awards.nomination_withdraw,
        name="nomination_withdraw",
    ),
    path(
        "recognition/nominations/<int:pk>/score/", awards.nomination_score, name="nomination_score"
    ),
    path("recognition/badges/", badges.badge_list, name="badge_list"),
    path("recognition/badges/starter/", badges.starter_add, name="starter_add"),
    path(BADGE, badges.badge_detail, name="badge_detail"),
    path(BADGE + "rule/", badges.rule_write, name="rule_write"),
    path(BADGE + "award/", badges.badge_award, name="badge_award"),
    path("recognition/rules/<int:pk>/activate/", badges.rule_activate, name="rule_activate"),
    path("recognition/awards/<int:pk>/show/", mine.award_show, name="award_show"),
    path("recognition/awards/<int:pk>/revoke/", badges.award_revoke, name="award_revoke"),
    path("recognition/boards/", boards.board_list, name="board_list"),
    path("recognition/boards/<int:pk>/show/", boards.board_show, name="board_show"),
    path("recognition/fair-play/", fair_play.flag_list, name="flag_list"),
    path(FLAG, fair_play.flag_detail, name="flag_detail"),
    path(FLAG + "clear/", fair_play.flag_clear, name="flag_clear"),
    path(FLAG + "confirm/", fair_play.flag_confirm, name="flag_confirm"),
    path("recognition/equity/", fair_play.equity, name="equity"),
    path("recognition/praise/", fair_play.praise_list, name="praise_list"),
    path("recognition/praise/<int:pk>/release/", fair_play.praise_release, name="praise_release"),
    path("recognition/praise/<int:pk>/discard/", fair_play.praise_discard, name="praise_discard"),
]

"""Addresses of cases, policies, tasks and promises."""

from __future__ import annotations

from django.urls import path, register_converter

from crm.converters import CaseReference, PromiseReference, TaskReference
from crm.views import case_detail, case_panels, cases, macros, policies, promises, tagging, tasks

register_converter(CaseReference, "case")
register_converter(TaskReference, "task")
register_converter(PromiseReference, "promise")

CASE = "cases/<case:pk>/"
TASK = "tasks/<task:pk>/"
PROMISE = "promises/<promise:pk>/"
POLICY = "sla-policies/<int:pk>/"

urlpatterns = [
    path("cases/", cases.case_list, name="case_list"),
    path("cases/figures/", cases.case_figures, name="case_figures"),
    path("cases/new/", cases.case_new, name="case_new"),
    path("cases/macros/", macros.macro_list, name="macro_list"),
    path("cases/macros/new/", macros.macro_edit, name="macro_new"),
    path("cases/macros/<int:pk>/", macros.macro_edit, name="macro_edit"),
    path("cases/macros/<int:pk>/retire/", macros.macro_retire, name="macro_retire"),
    path("cases/replies/new/", macros.reply_edit, name="reply_new"),
    path("cases/replies/<int:pk>/", macros.reply_edit, name="reply_edit"),
    path("cases/replies/<int:pk>/retire/", macros.reply_retire, name="reply_retire"),
    path(CASE, case_detail.case_detail, name="case_detail"),
    path(CASE + "edit/", cases.case_edit, name="case_edit"),
    path(CASE + "move/", cases.case_move, name="case_move"),
    path(CASE + "take/", cases.case_take, name="case_take"),
    path(CASE + "watch/", cases.case_watch, name="case_watch"),
    path(CASE + "messages/", case_detail.case_message, name="case_message"),
    path(CASE + "notes/", case_detail.case_note, name="case_note"),
    path(CASE + "notes/<int:note_pk>/pin/", case_detail.case_pin, name="case_pin"),
    path(CASE + "tags/", tagging.case_tag_add, name="case_tag_add"),
    path(CASE + "tags/<int:tag>/remove/", tagging.case_tag_remove, name="case_tag_remove"),
    path(CASE + "macro/", case_detail.case_macro, name="case_macro"),
    path(CASE + "link/", case_detail.case_link, name="case_link"),
    path(CASE + "unlink/<int:interaction_pk>/", case_detail.case_unlink, name="case_unlink"),
    path(CASE + "merge/", case_detail.case_merge, name="case_merge"),
    path(CASE + "split/", case_detail.case_split, name="case_split"),
    path(CASE + "clocks/", case_detail.case_clocks, name="case_clocks"),
    path(CASE + "clocks/<int:clock_pk>/excuse/", case_detail.case_excuse, name="case_excuse"),
    path(CASE + "sheet.pdf", cases.case_sheet_pdf, name="case_sheet"),
    path("sla-policies/", policies.policy_list, name="policy_list"),
    path("sla-policies/new/", policies.policy_new, name="policy_new"),
    path(POLICY, policies.policy_detail, name="policy_detail"),
    path(POLICY + "move/", policies.policy_move, name="policy_move"),
    path(POLICY + "switch/", policies.policy_switch, name="policy_switch"),
    path("tasks/", tasks.task_list, name="task_list"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path(TASK, tasks.task_detail, name="task_detail"),
    path(TASK + "edit/", tasks.task_edit, name="task_edit"),
    path(TASK + "take/", tasks.task_take, name="task_take"),
    path(TASK + "complete/", tasks.task_complete, name="task_complete"),
    path(TASK + "cancel/", tasks.task_cancel, name="task_cancel"),
    path(TASK + "reopen/", tasks.task_reopen, name="task_reopen"),
    path("promises/", promises.promise_list, name="promise_list"),
    path("promises/new/", promises.promise_new, name="promise_new"),
    path(PROMISE, promises.promise_detail, name="promise_detail"),
    path(PROMISE + "keep/", promises.promise_keep, name="promise_keep"),
    path(PROMISE + "withdraw/", promises.promise_withdraw, name="promise_withdraw"),
    path("customers/<int:pk>/to-do/", case_panels.customer_work, name="customer_work"),
    path("interactions/<int:pk>/cases/", case_panels.interaction_cases, name="interaction_cases"),
    path("calendars/<int:pk>/uses/", case_panels.calendar_uses, name="calendar_uses"),
]

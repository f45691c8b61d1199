from __future__ import annotations

from django.urls import path, register_converter

from crm import case_urls
from crm.converters import CustomerReference, InteractionReference, OrganizationReference
from crm.views import (
    agent_days,
    bulk,
    contacts,
    customer_edit,
    customer_parts,
    customers,
    dispositions,
    exports,
    import_mapping,
    imports,
    interactions,
    merges,
    organizations,
    privacy,
    reconciling,
    saved_views,
    search,
    sources,
    tagging,
)

register_converter(InteractionReference, "interaction")
register_converter(CustomerReference, "customer")
register_converter(OrganizationReference, "organization")

CUSTOMER = "customers/<customer:pk>/"
ORGANIZATION = "organizations/<organization:pk>/"

app_name = "crm"
urlpatterns = [
    path("interactions/", interactions.interaction_list, name="interaction_list"),
    path("settings/sources/", sources.source_list, name="source_list"),
    path("settings/sources/new/", sources.source_new, name="source_new"),
    path("settings/sources/<int:pk>/rotate/", sources.source_rotate, name="source_rotate"),
    path("settings/sources/<int:pk>/end/", sources.source_end, name="source_end"),
    path("interactions/new/", contacts.interaction_new, name="interaction_new"),
    path(
        "interactions/<interaction:pk>/values/",
        contacts.interaction_values,
        name="interaction_values",
    ),
    path(
        "interactions/<interaction:pk>/customer/",
        contacts.interaction_customer,
        name="interaction_customer",
    ),
    path(
        "interactions/<interaction:pk>/notes/",
        customer_parts.interaction_note,
        name="interaction_note",
    ),
    path(
        "interactions/<int:pk>/noted/", customer_parts.interaction_notes, name="interaction_notes"
    ),
    path("interactions/<interaction:pk>/recordings/", contacts.recording_add, name="recording_add"),
    path(
        "interactions/<interaction:pk>/",
        interactions.interaction_detail,
        name="interaction_detail",
    ),
    path(
        "interactions/<interaction:pk>/tags/",
        tagging.interaction_tag_add,
        name="interaction_tag_add",
    ),
    path(
        "interactions/<interaction:pk>/tags/<int:tag>/remove/",
        tagging.interaction_tag_remove,
        name="interaction_tag_remove",
    ),
    path(
        "interactions/<interaction:pk>/align/",
        interactions.transcript_align,
        name="transcript_align",
    ),
    path("recordings/<int:pk>/play/", interactions.recording_play, name="recording_play"),
    path("customers/", customers.customer_list, name="customer_list"),
    path("customers/new/", customer_edit.customer_new, name="customer_new"),
    path("customers/deleted/", customer_edit.deleted_list, name="customer_deleted"),
    path("customers/check/", merges.duplicate_check, name="duplicate_check"),
    path("customers/duplicates/", merges.duplicate_list, name="duplicate_list"),
    path(
        "customers/duplicates/<int:pk>/dismiss/", merges.duplicate_dismiss, name="duplicate_dismiss"
    ),
    path("customers/segments/", saved_views.segment_list, name="segment_list"),
    path("customers/segments/new/", saved_views.segment_edit, name="segment_new"),
    path("customers/segments/<int:pk>/", saved_views.segment_edit, name="segment_edit"),
    path("customers/segments/<int:pk>/count/", saved_views.segment_count, name="segment_count"),
    path("customers/segments/<int:pk>/delete/", saved_views.segment_delete, name="segment_delete"),
    path(CUSTOMER, customers.customer_detail, name="customer_detail"),
    path(f"{CUSTOMER}edit/", customer_edit.customer_edit, name="customer_edit"),
    path(f"{CUSTOMER}vip/", customer_edit.customer_vip, name="customer_vip"),
    path(f"{CUSTOMER}delete/", customer_edit.customer_delete, name="customer_delete"),
    path(f"{CUSTOMER}restore/", customer_edit.customer_restore, name="customer_restore"),
    path(f"{CUSTOMER}restrict/", customer_edit.customer_restrict, name="customer_restrict"),
    path(f"{CUSTOMER}unrestrict/", customer_edit.customer_unrestrict, name="customer_unrestrict"),
    path(f"{CUSTOMER}merge/", merges.merge_choose, name="merge_choose"),
    path(f"{CUSTOMER}merge/<customer:other>/", merges.merge_preview, name="merge_preview"),
    path("merges/<int:pk>/", merges.merge_detail, name="merge_detail"),
    path("merges/<int:pk>/undo/", merges.merge_undo, name="merge_undo"),
    path(f"{CUSTOMER}notes/", customer_parts.note_write, name="note_write"),
    path(f"{CUSTOMER}contact-points/", customer_parts.point_add, name="point_add"),
    path(f"{CUSTOMER}tags/", customer_parts.tag_add, name="tag_add"),
    path(f"{CUSTOMER}tags/<int:tag>/remove/", customer_parts.tag_remove, name="tag_remove"),
    path(f"{CUSTOMER}consents/", customer_parts.consent_record, name="consent_record"),
    path(f"{CUSTOMER}roles/", customer_parts.role_add, name="role_add"),
    path(f"{CUSTOMER}relations/", customer_parts.relation_add, name="relation_add"),
    path("roles/<int:pk>/end/", customer_parts.role_end, name="role_end"),
    path("relations/<int:pk>/end/", customer_parts.relation_end, name="relation_end"),
    path("notes/<int:pk>/edit/", customer_parts.note_edit, name="note_edit"),
    path("notes/<int:pk>/pin/", customer_parts.note_pin, name="note_pin"),
    path("contact-points/<int:pk>/invalid/", customer_parts.point_invalid, name="point_invalid"),
    path("contact-points/<int:pk>/reveal/", customer_parts.point_reveal, name="point_reveal"),
    path("contact-points/<int:pk>/<slug:act>/", customer_parts.point_act, name="point_act"),
    path("organizations/", organizations.organization_list, name="organization_list"),
    path("organizations/new/", organizations.organization_new, name="organization_new"),
    path(ORGANIZATION, organizations.organization_detail, name="organization_detail"),
    path(f"{ORGANIZATION}edit/", organizations.organization_edit, name="organization_edit"),
    path("bulk/", bulk.bulk_new, name="bulk_new"),
    path("bulk/<int:pk>/", bulk.bulk_detail, name="bulk_detail"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/order/", exports.export_order, name="export_order"),
    path("exports/<int:pk>/", exports.export_detail, name="export_detail"),
    path(
        "interactions/<interaction:pk>/dispositions/",
        dispositions.disposition_set,
        name="disposition_set",
    ),
    path(
        "dispositions/<int:pk>/remove/", dispositions.disposition_remove, name="disposition_remove"
    ),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("search/", search.search, name="search"),
    path("agents/<int:pk>/states/", agent_days.agent_states, name="agent_states"),
    path("counts/", search.counts, name="counts"),
    path("lookup/", search.caller_lookup, name="caller_lookup"),
    path(f"{CUSTOMER}export/", privacy.privacy_ask_export, name="privacy_ask_export"),
    path(f"{CUSTOMER}erase/", privacy.privacy_ask_erasure, name="privacy_ask_erasure"),
    path("privacy/", privacy.privacy_list, name="privacy_list"),
    path("privacy/retention/", privacy.retention_list, name="retention_list"),
    path("privacy/<int:pk>/", privacy.privacy_request, name="privacy_request"),
    path("privacy/<int:pk>/approve/", privacy.privacy_approve, name="privacy_approve"),
    path("privacy/<int:pk>/refuse/", privacy.privacy_refuse, name="privacy_refuse"),
    path("views/", saved_views.view_save, name="view_save"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view_delete"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/compare/", reconciling.import_compare, name="import_compare"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/map/", import_mapping.import_map, name="import_map"),
    path("imports/<int:pk>/check/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/start/", imports.import_start, name="import_start"),
    path("imports/<int:pk>/pause/", imports.import_pause, name="import_pause"),
    path("imports/<int:pk>/resume/", imports.import_resume, name="import_resume"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<int:pk>/errors.csv", imports.import_errors, name="import_errors"),
    *case_urls.urlpatterns,
]

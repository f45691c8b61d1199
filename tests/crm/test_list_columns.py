"""Columns, order and filters that the address of a list chooses, and saved views that keep them."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from crm import segments
from crm.actions import saved
from crm.list_columns import ListColumns
from crm.models import Customer, Interaction, RepeatRule, SavedView
from crm.models.custom_fields import FieldType, Target
from tests.crm.pages import queries, sign_in
from tests.factories.crm import (
    STARTED_AT,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    DispositionFactory,
    InteractionDispositionFactory,
    InteractionFactory,
    OrganizationFactory,
    TagFactory,
)
from tests.factories.crm_cases import CaseFactory

pytestmark = pytest.mark.django_db
LISTS = {
    Target.CUSTOMER: ("crm:customer_list", CustomerFactory),
    Target.ORGANIZATION: ("crm:organization_list", OrganizationFactory),
    Target.INTERACTION: ("crm:interaction_list", InteractionFactory),
    Target.CASE: ("crm:case_list", CaseFactory),
}


def field(target, key="points", **values):
    values = {"label": "Points", "type": FieldType.INTEGER, "is_filterable": True} | values
    return CustomFieldDefinitionFactory(target=target, key=key, **values)


def heads(response):
    return [words for _, words in response.context["columns"].heads]


def test_what_is_chosen_is_shown_and_what_is_gone_is_named():
    standard, more = {"a": "First", "b": "Second"}, {"c": "Third"}

    usual = ListColumns(QueryDict("q=x"), standard, more=more)
    chosen = ListColumns(QueryDict("columns=c&columns=a&columns=old&q=x"), standard, more=more)
    lost = ListColumns(QueryDict("columns=old"), standard, more=more)

    assert (usual.heads, usual.chosen, usual.gone) == ([("a", "First"), ("b", "Second")], [], [])
    assert [name for name, _ in chosen.heads] == ["a", "c"] == chosen.chosen
    assert (chosen.gone, chosen.others, chosen.usual_url) == (["old"], [("q", "x")], "?q=x")
    assert (lost.heads, lost.gone) == (usual.heads, ["old"])


@pytest.mark.parametrize("target", LISTS)
def test_a_custom_field_is_a_column_at_no_more_queries_for_more_rows(client, target):
    name, factory = LISTS[target]
    sign_in(client, "admin")
    field(target)
    factory(custom={"points": 4711})
    address = f"{reverse(name)}?columns=custom_points&columns=tags"

    shown = client.get(address)
    one = queries(client, address)
    for _ in range(4):
        factory(custom={"points": 5}).tags.add(TagFactory())

    assert heads(shown) == ["Tags", "Points"]
    assert 'data-label="Points" class="clip">4711<' in shown.content.decode()
    assert "4711" not in client.get(reverse(name)).content.decode()
    assert queries(client, address) <= one + 1  # The icon of a tag is read once.
    assert one <= 13


@pytest.mark.parametrize("target", [Target.CUSTOMER, Target.INTERACTION, Target.CASE])
def test_a_saved_view_opens_without_the_field_that_was_retired_and_says_so(client, target):
    name, factory = LISTS[target]
    user = sign_in(client, "admin")
    definition = field(target)
    factory()
    page = f"{target}s"
    query = "columns=custom_points&columns=tags&custom_points=5"
    saved.save_view(page=page, name="Points", query=query, by=user, at=STARTED_AT)
    assert client.get(f"{reverse(name)}?{query}").status_code == 200
    definition.retired_at = STARTED_AT
    definition.save()

    answer = client.get(f"{reverse(name)}?{query}", follow=True)

    assert answer.redirect_chain[0][0] == (f"{reverse(name)}?columns=custom_points&columns=tags")
    told = answer.content.decode()
    assert "gone or not yours: custom_points" in told and "columns that are gone" in told
    assert heads(answer) == ["Tags"]


@pytest.mark.parametrize("name", ["task", "promise", "organization"])
def test_other_lists_keep_views_and_open_with_the_default_one(client, name):
    sign_in(client, "agent")
    address = reverse(f"crm:{name}_list")
    query = "q=north" if name == "organization" else "view=mine"
    given = {"page": f"{name}s", "name": "Mine first", "query": query, "is_default": "on"}

    assert client.post(reverse("crm:view_save"), given).url == f"{address}?{query}"
    assert client.get(address).url == f"{address}?{query}"
    assert "Mine first" in client.get(f"{address}?{query}").content.decode()
    client.post(reverse("crm:view_delete", args=[SavedView.objects.get().pk]))
    assert client.get(address).status_code == 200


def test_order_is_chosen_in_the_address(client):
    sign_in(client, "admin")
    rows = [CaseFactory(opened_at=STARTED_AT + timedelta(days=n)) for n in (2, 1, 3)]
    calls = [InteractionFactory(started_at=STARTED_AT + timedelta(days=n)) for n in (2, 1)]

    newest = client.get(reverse("crm:case_list"), {"order": "-opened_at"}).context["cases"]
    refused = client.get(reverse("crm:case_list"), {"order": "subject"})
    oldest = client.get(reverse("crm:interaction_list"), {"order": "started_at"})

    assert newest == [rows[2], rows[0], rows[1]]
    assert refused.status_code == 400
    shown = oldest.content.decode()
    assert shown.index(calls[1].reference) < shown.index(calls[0].reference)


def test_decimals_are_compared_as_numbers():
    field(Target.CUSTOMER, key="limit", label="Limit", type=FieldType.DECIMAL)
    for name, value in (("nine", "9.5"), ("ten", "10.00"), ("minus", "-3"), ("odd", "many")):
        CustomerFactory(display_name=name, custom={"limit": value})
    CustomerFactory(display_name="none")

    def fitting(operator, value):
        rule = {"field": "custom.limit", "operator": operator, "value": value}
        rows = segments.narrowed(Customer.objects.active(), {"match": "all", "rules": [rule]})
        return sorted(rows.values_list("display_name", flat=True))

    assert fitting("at_least", "9.50") == ["nine", "ten"]
    assert fitting("at_most", "9.5") == ["minus", "nine"]
    assert fitting("at_most", "-2.999999") == ["minus"]
    assert fitting("is", "10") == ["ten"]
    assert fitting("contains", "9.") == ["nine"]
    for wrong in ("many", "NaN", "1e30"):
        with pytest.raises(segments.BadConditions, match="is a number"):
            fitting("at_least", wrong)


@pytest.mark.parametrize("target", [Target.CUSTOMER, Target.INTERACTION, Target.CASE])
def test_a_decimal_filter_finds_the_number_however_it_is_written(client, target):
    name, factory = LISTS[target]
    sign_in(client, "admin")
    field(target, key="limit", label="Limit", type=FieldType.DECIMAL)
    wanted, other = factory(custom={"limit": "1.50"}), factory(custom={"limit": "11.5"})

    shown = client.get(reverse(name), {"custom_limit": "1.5"}).content.decode()

    assert wanted.reference in shown and other.reference not in shown


def test_repeats_are_found_as_their_pages_tell_them(client):
    sign_in(client, "admin")
    customer = CustomerFactory()

    def contact(days, **values):
        values = {"customer": customer, "outcome": "handled", "direction": "inbound"} | values
        return InteractionFactory(started_at=STARTED_AT + timedelta(days=days), **values)

    first, repeat, late = contact(0), contact(6.9), contact(14)
    contact(1, customer=None)
    contact(6, outcome="abandoned_in_queue")
    settled = contact(40)
    disposition = DispositionFactory(is_no_repeat=True)
    InteractionDispositionFactory(interaction=settled, disposition=disposition)
    after = contact(41)

    usual = RepeatRule()
    assert list(Interaction.objects.repeats(usual)) == [repeat]
    for row in (first, repeat, late, settled, after):
        tells = "Contact before" in client.get(row.get_absolute_url()).content.decode()
        assert tells == Interaction.objects.repeats(usual).filter(pk=row.pk).exists()
    whole = set(Interaction.objects.all())
    assert whole - set(Interaction.objects.no_repeats(usual)) == {repeat}
    shown = client.get(reverse("crm:interaction_list"), {"repeat": "yes"}).content.decode()
    assert repeat.reference in shown and first.reference not in shown


def test_an_interaction_shows_its_custom_fields_on_its_page(client):
    sign_in(client, "admin")
    field(Target.INTERACTION, key="reason", label="Reason code", type=FieldType.TEXT)
    row = InteractionFactory(custom={"reason": "R-17", "unknown": "Secret"})

    shown = client.get(row.get_absolute_url()).content.decode()

    assert "<dt>Reason code</dt><dd>R-17</dd>" in shown and "Secret" not in shown

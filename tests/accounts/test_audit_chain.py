"""The hash chain of the audit trail against its worked example; every change must show."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import audit_chain

FIRST = {
    "sequence": 1,
    "at": "2026-03-16T09:00:00.000000Z",
    "actor_id": 7,
    "acting_as_id": None,
    "verb": "open_case",
    "object_type": "crm.case",
    "object_id": 41,
    "changed_fields": ["status"],
    "request_id": "r-1",
    "source": "web",
    "payload_digest": "b6c54a224036ed172d03a41a680b35166295101211aed813f273c0529f06a1c1",
}
SECOND = FIRST | {
    "sequence": 2,
    "at": "2026-03-16T09:00:01.500000Z",
    "actor_id": None,
    "verb": "resolve_case",
    "request_id": "r-2",
    "source": "job",
    "payload_digest": "0b14ef34749feccac2fad16adb7bf0b5dbfed20106f6c1da5cf1d595d49e5521",
}
FIRST_HASH = "0560cb751605c907c15df7b5ad365c10f0cd7ba49af5090308ac5dac59799466"
SECOND_HASH = "adfcd7345b660b5990099156cc7b772bab5d64de1f91a08b9ef55246bcf55395"


def test_payload_digests_match_worked_example():
    first = audit_chain.payload_digest(bytes(16), {}, {"status": "New"}, "")
    second = audit_chain.payload_digest(
        bytes([15] * 16), {"status": "New"}, {"status": "Gelöst"}, ""
    )

    assert first == FIRST["payload_digest"]
    assert second == SECOND["payload_digest"]


def test_entry_hashes_match_worked_example():
    first = audit_chain.entry_hash(audit_chain.FIRST_PREVIOUS_HASH, FIRST)

    assert first == FIRST_HASH
    assert audit_chain.entry_hash(first, SECOND) == SECOND_HASH


def test_anchor_seal_matches_worked_example():
    seal = audit_chain.anchor_seal(
        "attune-audit-test-key-0123456789", date(2026, 3, 16), 2, SECOND_HASH
    )

    assert seal == "038919c31dcef27f7573b81bc4b7e9287ca531595222d8bcc3764e39898e8ce4"


def test_one_fact_has_one_hash_however_it_is_held():
    moment = datetime(2026, 3, 16, 11, tzinfo=timezone(timedelta(hours=2)))
    held = FIRST | {"at": moment, "object_id": "41", "note": "not part of the seal"}

    assert audit_chain.entry_hash(audit_chain.FIRST_PREVIOUS_HASH, held) == FIRST_HASH


def test_changed_fields_are_sorted_and_other_ids_stay_text():
    unsorted = FIRST | {"changed_fields": ["b", "a"], "object_id": "041"}
    in_order = FIRST | {"changed_fields": ["a", "b"], "object_id": "041"}
    previous = audit_chain.FIRST_PREVIOUS_HASH

    assert audit_chain.entry_hash(previous, unsorted) == audit_chain.entry_hash(previous, in_order)
    assert audit_chain.entry_hash(previous, in_order) != audit_chain.entry_hash(
        previous, in_order | {"object_id": "41"}
    )


def test_what_cannot_be_sealed_is_refused():
    with pytest.raises(KeyError):
        audit_chain.entry_hash("0" * 64, {"sequence": 1})
    with pytest.raises(ValueError):
        audit_chain.entry_hash("0" * 64, FIRST | {"at": datetime(2026, 3, 16)})
    with pytest.raises(ValueError):
        audit_chain.payload_digest(bytes(16), {}, {"score": float("nan")}, "")
    with pytest.raises(TypeError):
        audit_chain.payload_digest(bytes(16), {}, {"at": datetime.now(UTC)}, "")


@pytest.mark.parametrize("key", audit_chain.ENTRY_KEYS)
def test_every_sealed_field_changes_the_hash(key):
    changed = FIRST | {key: ["other"] if key == "changed_fields" else "other"}

    assert audit_chain.entry_hash(audit_chain.FIRST_PREVIOUS_HASH, changed) != FIRST_HASH


SCALARS = st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"))
CONTENTS = st.dictionaries(st.text(st.characters(codec="utf-8")), SCALARS)


@given(CONTENTS, st.binary(min_size=16, max_size=16))
def test_digest_does_not_depend_on_the_order_of_keys(contents, salt):
    backwards = dict(reversed(contents.items()))

    assert audit_chain.payload_digest(salt, contents, {}, "") == audit_chain.payload_digest(
        salt, backwards, {}, ""
    )


@given(CONTENTS, CONTENTS)
def test_before_and_after_are_not_interchangeable(before, after):
    digest = audit_chain.payload_digest(bytes(16), before, after, "")
    swapped = audit_chain.payload_digest(bytes(16), after, before, "")

    assert (digest == swapped) == (before == after and repr(before) == repr(after))

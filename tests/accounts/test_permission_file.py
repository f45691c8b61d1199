"""The permission file is read whole, and each fault is told with its line."""

import pytest

from accounts.permission_file import BadPermissionFile, parse

GOOD = """\
roles: [agent, admin]
rights:
  crm.approve_erasure: Approve the erasure of a person
verbs:
  crm.view_customer: {grants: {agent: own, admin: all}}
  crm.approve_erasure: {reason: required, not_self: id, grants: {crm.approve_erasure: all}}
admin:
  crm.Customer: {view: crm.view_customer}
urls:
  "crm:customer_list": {methods: [GET], verb: crm.view_customer}
  "sign_in": {methods: [GET, POST], public: true}
  "start": {methods: [GET], signed_in: true}
"""


def test_good_file_is_read():
    policy = parse(GOOD)

    assert policy.roles == ("agent", "admin")
    assert policy.verbs["crm.view_customer"].grants == {"agent": "own", "admin": "all"}
    assert policy.verbs["crm.approve_erasure"].needs_reason
    assert policy.verbs["crm.approve_erasure"].not_self == "id"
    assert policy.admin["crm.customer"] == {"view": "crm.view_customer"}
    assert policy.addresses["crm:customer_list"].methods == {"GET", "HEAD"}
    assert policy.addresses["sign_in"].is_public
    assert policy.addresses["start"].verb is None
    assert not policy.addresses["start"].is_public


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("agent: own", "agnet: own", "line 5: no such role or right: agnet"),
        ("agent: own", "agent: mine", "line 5: no such reach: mine; use own, team, all"),
        ("verb: crm.view_customer", "verb: crm.see", "line 10: no such verb: crm.see"),
        ("{view: crm.view", "{vew: crm.view", "line 8: admin of crm.Customer has no setting vew"),
        ("methods: [GET], verb", "methods: [GTE], verb", "line 10: no such method: GTE"),
        ("methods: [GET], verb", "verb", "line 10: methods is a list"),
        (
            "signed_in: true",
            "signed_in: true, public: true",
            "line 12: start needs exactly one of verb, signed_in, public",
        ),
        ("signed_in: true", "signed_in: maybe", "line 12: no such value: maybe"),
        ('  "start"', '  "sign_in"', "line 12: sign_in stands here twice"),
        ("reason: required", "reason: often", "line 6: no such reason: often"),
        ("roles:", "rolls:", "line 1: no such section: rolls"),
        ("{grants: {agent: own, admin: all}}", "yes", "line 5: a mapping of names"),
        ("urls:\n", "urls: [\n", "not readable as YAML"),
    ],
)
def test_fault_is_told_with_its_line(old, new, told):
    with pytest.raises(BadPermissionFile) as refusal:
        parse(GOOD.replace(old, new))

    assert told in str(refusal.value)


def test_all_faults_are_told_at_once():
    text = GOOD.replace("agent: own", "agnet: own").replace("signed_in: true", "signed_in: no")

    with pytest.raises(BadPermissionFile) as refusal:
        parse(text)

    assert "line 5:" in str(refusal.value)
    assert "line 12:" in str(refusal.value)

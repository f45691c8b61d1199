"""The environment is read once, and every fault is told at once."""

import pytest

from config import env

SOUND = {
    "ATTUNE_ENV": "production",
    "ATTUNE_SECRET_KEY": "k" * 50,
    "ATTUNE_AUDIT_KEY": "a" * 50,
    "ATTUNE_FIELD_KEYS": "f" * 50,
    "ATTUNE_BASE_URL": "https://attune.example",
    "ATTUNE_ALLOWED_HOSTS": "attune.example",
}


def test_a_sound_environment_is_read():
    values = env.read(SOUND)

    assert (values["ENV"], values["ALLOWED_HOSTS"]) == ("production", ["attune.example"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ATTUNE_SECRET_KEY": "short"}, "ATTUNE_SECRET_KEY: set a random value"),
        ({"ATTUNE_AUDIT_KEY": "k" * 50}, "use another value than ATTUNE_SECRET_KEY"),
        ({"ATTUNE_DEBUG": "1"}, "ATTUNE_DEBUG: must be 0"),
        ({"ATTUNE_BASE_URL": ""}, "ATTUNE_BASE_URL: must be set"),
        ({"ATTUNE_JOB_WORKERS": "0"}, "ATTUNE_JOB_WORKERS: use a whole number from 1 to 32"),
        ({"ATTUNE_JOB_WORKERS": "two"}, "ATTUNE_JOB_WORKERS: use a whole number"),
        ({"ATTUNE_JOB_TIMEOUT": "5"}, "ATTUNE_JOB_TIMEOUT: use a whole number from 10 to 3600"),
        ({"ATTUNE_NO_SUCH": "1"}, "ATTUNE_NO_SUCH: no such variable"),
        ({"ATTUNE_TEST_FAILPOINT": "run.claimed:kill"}, "FAILPOINT: only tests may set it"),
        ({"ATTUNE_TEST_GUARDS_OFF": "fence"}, "GUARDS_OFF: only tests may set it"),
        ({"ATTUNE_OIDC_ISSUER": "http://id.example"}, "OIDC_ISSUER: use an address that begins"),
        ({"ATTUNE_OIDC_ISSUER": "https://id.example"}, "OIDC_DOMAINS: must be set with"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: use sqlite"),
        ({"ATTUNE_REPLICA_URL": "sqlite:///x"}, "REPLICA_URL: use postgresql://"),
        ({"ATTUNE_REPLICA_URL": "postgresql://x/y"}, "REPLICA_URL: needs a DATABASE_URL of Post"),
    ],
)
def test_each_fault_stops_the_start(changes, sentence):
    with pytest.raises(env.BadEnvironment, match=sentence):
        env.read(SOUND | changes)


def test_a_replica_is_read_beside_the_database():
    urls = {"DATABASE_URL": "postgresql://a/b", "ATTUNE_REPLICA_URL": "postgresql://c/b"}
    values = env.read(SOUND | urls)

    assert (values["DATABASE"]["HOST"], values["REPLICA_URL"]["HOST"]) == ("a", "c")
    assert env.read(SOUND)["REPLICA_URL"] is None


def test_all_faults_are_told_at_once():
    with pytest.raises(env.BadEnvironment) as refused:
        env.read(SOUND | {"ATTUNE_DEBUG": "1", "ATTUNE_JOB_WORKERS": "0", "ATTUNE_X": "1"})

    assert len(str(refused.value).splitlines()) == 4

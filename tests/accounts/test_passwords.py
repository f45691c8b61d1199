"""How passwords are stored."""

from accounts.passwords import AttuneArgon2Hasher


def test_hash_carries_the_chosen_cost():
    hashed = AttuneArgon2Hasher().encode("correct horse battery", "some salt of it")

    assert hashed.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")

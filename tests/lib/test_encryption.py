"""Sealed values open under every key, and the first one seals."""

import pytest

from lib.encryption import Undecipherable, decrypt, encrypt, renewed

OLD, NEW = "old-" + "o" * 50, "new-" + "n" * 50


def test_text_comes_back_and_is_not_visible(settings):
    settings.FIELD_KEYS = [OLD]

    sealed = encrypt("whsec_ü")

    assert decrypt(sealed) == "whsec_ü"
    assert "whsec" not in sealed


def test_new_key_seals_and_old_one_still_opens(settings):
    settings.FIELD_KEYS = [OLD]
    sealed = encrypt("secret")

    settings.FIELD_KEYS = [NEW, OLD]
    fresh = renewed(sealed)
    settings.FIELD_KEYS = [NEW]

    assert decrypt(fresh) == "secret"
    with pytest.raises(Undecipherable):
        decrypt(sealed)

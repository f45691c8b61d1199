import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.names import name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Patricia Brown", "patricia brown"),
        ("Müller, Hans", "muller hans"),
        ("José  Álvarez", "jose alvarez"),
        ("Strauß", "strauss"),
        ("Łukasz Bjørn Đorđe", "lukasz bjorn dorde"),
        ("Æsop Œuvre", "aesop oeuvre"),
        ("Kılıç İnci", "kilic inci"),
        ("O'Neil-Smith_3", "o neil smith 3"),
        ("", ""),
        ("—", ""),
    ],
)
def test_name_key_writes_equal_names_alike(name, key):
    assert name_key(name) == key


@given(st.text())
def test_name_key_of_a_key_is_the_key(name):
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(alphabet="aäßLłØ 'é-"))
def test_name_key_does_not_see_case(name):
    assert name_key(name.upper()) == name_key(name.lower())

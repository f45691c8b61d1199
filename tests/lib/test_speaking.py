"""Stored sentences in the reader's language."""

import pytest
from django.utils import translation

from lib.sentences import said
from lib.speaking import said_again

PATTERNS = (said("Asked by survey: {name}"), said("The restriction was lifted"))


@pytest.mark.parametrize(
    ("stored", "spanish"),
    [
        ("Asked by survey: Spring {2}\nand 50 %", "Encuesta enviada: Spring {2}\nand 50 %"),
        ("The restriction was lifted", "Se levantó la restricción"),
        ("The restriction was lifted.", "The restriction was lifted."),
        ("Asked by survey: ", "Asked by survey: "),
        ("", ""),
    ],
)
def test_stored_text_is_said_again_by_the_pattern_that_made_it(stored, spanish):
    with translation.override("es"):
        assert said_again(stored, PATTERNS) == spanish

    with translation.override("en"):
        assert said_again(stored, PATTERNS) == stored

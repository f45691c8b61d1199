"""The real month of February 1999 through facts, pages' evidence and every definition."""

from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from reports import figures, rollups
from reports.definitions import all_service_levels, parse
from reports.evidence import evidence
from reports.periods import Period
from reports.slices import Slice
from reports.sums import Reader
from tests.real.real_data import real_file

pytestmark = [pytest.mark.real_data, pytest.mark.django_db, pytest.mark.slow]
MONTH = Period(date(1999, 2, 1), date(1999, 2, 28))


def test_the_month_comes_out_the_same_by_every_way(settings):
    settings.TIME_ZONE = "Asia/Jerusalem"
    timezone.get_default_timezone.cache_clear()
    path = real_file("anonymous_bank/february_1999.tsv")
    call_command("import_interactions", path, format="anonymous_bank", agents="create")
    rollups.rebuild(list(MONTH), at=timezone.now())
    piece = Slice(MONTH)
    reader = Reader(piece)

    levels = [
        round(figures.value(one, reader).value, 2)
        for one in all_service_levels(parse("sl3-t20-lte"))
    ]
    values = {
        slug: figures.value(parse(slug), reader)
        for slug in ("asa1", "ab1", "aht1", "fcr1-w7-customer-any", "wp80")
    }

    assert levels == [56.12, 59.68, 52.08, 54.27, 52.96, 52.54, 56.12, 52.08]
    assert round(values["asa1"].value, 4) == 40.7743
    assert (values["ab1"].numerator, values["ab1"].denominator) == (3_963, 31_125)
    assert (values["aht1"].numerator, values["aht1"].n) == (4_790_100, 27_162)
    assert (values["fcr1-w7-customer-any"].numerator, values["wp80"].value) == (3_444, 71)
    assert evidence(parse("sl3-t20-lte"), piece).counts() == {
        "": 31_125,
        "left_in_voice_menu": 1_941,
    }
    assert rollups.check_days(list(MONTH), at=timezone.now()).findings == []
    timezone.get_default_timezone.cache_clear()

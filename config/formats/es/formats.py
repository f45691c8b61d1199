"""Dates and times as every page of Attune writes them, the admin included."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
# As in Mexico, Central America and the Spanish of the United States: 1,234.5 in both languages.
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","

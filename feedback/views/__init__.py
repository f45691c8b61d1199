"""Pages of surveys: those of respondents, and those of the people who ask."""

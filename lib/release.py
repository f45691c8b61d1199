"""Which release this is; pyproject.toml says the same, and a test compares them."""

RELEASE = "0.1.0"

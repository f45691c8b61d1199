"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

from ops import database_rules, measures  # noqa: E402 - Needs loaded apps.

database_rules.limit_statements_of_pages()
database_rules.require_fit_database()
measures.begin()
application = database_rules.behind_migrations(django_application)

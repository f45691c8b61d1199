"""What every resource of the API shares and what needs no table: errors, paging, filters, versions.

The base class of resources stands in accounts/api.py; docs/how-to/api.md shows how to add one.
"""

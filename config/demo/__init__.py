"""The demo center: generated, seeded and the same on every machine for the same last day."""

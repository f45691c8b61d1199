"""Readers of files with interactions: one module for each format, one stream of records for all."""

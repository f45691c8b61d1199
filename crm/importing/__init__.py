"""The import pipeline between the readers and the tables."""

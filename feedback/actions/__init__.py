"""Verbs of feedback, one module for each noun."""

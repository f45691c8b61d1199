"""Scorecards that travel: Attune's own format, and the evaluation forms of two other houses.

Reading is strict and pure: bytes in, a document of quality/documents.py and a loss report out.
Writing takes such a document and gives their form with its own loss report. Nothing is stored here.
"""

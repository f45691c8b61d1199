"""Verbs of quality, one module per noun; callers import the module they need."""

"""Migrations of the app, which has no tables."""

"""Migrations; there are no tables."""

"""A Django site that counts its guests."""

"""A site that counts its guests."""

"""A person's own tables."""

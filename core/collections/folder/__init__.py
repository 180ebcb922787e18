"""A person's own folder of image folders."""

"""Probes that can be named: of a package, ours, and a person's own."""

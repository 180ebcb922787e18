"""Task Discovery: which labellings networks agree on, and where they break."""

"""Learning boxes, and placing new ones."""

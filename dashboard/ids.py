"""Ids of the components that callbacks read or write."""

CHOSEN = "chosen"
BOXES = "boxes"
PROJECTION = "projection"
DETAILS = "details"
CONTAINED = "contained"
ASKED = "asked"
ABOUT = "about"

"""Task2Box Atlas: collections, boxes and how they are learned; knows no page."""

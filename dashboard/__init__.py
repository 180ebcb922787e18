"""The page: browse boxes, compare them with point maps, export what is seen."""

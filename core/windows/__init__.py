"""Windows: what is seen of a collection that is too large to be sent whole."""

"""COSE: whether the explanations of a model can be trusted on a task."""

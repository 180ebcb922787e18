"""Fits and projections in processes of their own: asked for, run one by one, told of."""

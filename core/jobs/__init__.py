"""Fits and projections in processes of their own, run one by one and told of."""

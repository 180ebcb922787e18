"""What boxes are compared with: the published recipe and other models."""

"""The birds of CUB-200-2011, from their images."""

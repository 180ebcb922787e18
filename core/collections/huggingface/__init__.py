"""Image data sets of the Hugging Face Hub: as published, a snapshot, live."""

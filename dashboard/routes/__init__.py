"""What the browser asks of atlases: of one by its name, of a view, for a file."""

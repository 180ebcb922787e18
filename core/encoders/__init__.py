"""What turns texts and images into vectors: pretrained, never trained here."""

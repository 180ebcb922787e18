"""How well models tell pairs: protocols, scores, and what is kept of them."""

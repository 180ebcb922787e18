"""Task2Vec: tasks by what a network must know to solve them (Achille et al. 2019)."""

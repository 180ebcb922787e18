"""Answers to what people do; every module registers its own on an app."""

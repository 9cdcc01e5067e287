"""Digits or clothes: a conditional GAN, moments of its training, and one that goes on from any of them."""

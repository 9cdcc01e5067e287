"""Measurements of the gallery, each beside a peer that is measured in the same run."""

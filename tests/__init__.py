"""Mirrors gallery/ and demos/; tests/browser/ drives a real Chromium."""

"""Labelled material that detectors are measured by."""

"""Bundles: a YAML or JSON file with one whole community, in and out."""

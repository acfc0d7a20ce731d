"""Measurements: a module for each, which prints its table for the engine of `RECPORTAL_TEST_ENGINE`."""

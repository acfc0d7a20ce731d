"""The suite: a folder for each app, a file for each page, endpoint or rule.

A package, so that no `tests` of an installed distribution is found in its place.
"""

"""The server of a production installation: `python -m recportal.server`."""

"""The kit of the REST API: what a resource needs to be read, written, described and refused in one way."""

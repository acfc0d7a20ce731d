"""Members: who belongs to a community, at which delivery points, and who holds what."""

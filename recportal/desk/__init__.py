"""The desk: what staff see across communities, members and assets."""

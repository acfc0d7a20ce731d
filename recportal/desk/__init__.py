"""What staff see across communities, members and assets: the dashboard, what looks wrong."""

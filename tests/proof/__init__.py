"""What takes minutes: processes that are killed, that race each other, large data. Run by `make proof`."""

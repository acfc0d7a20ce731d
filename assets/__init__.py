"""Assets: the devices that members make, store, use or measure energy with."""

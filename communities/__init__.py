"""Communities: the legal bodies, their areas and grid, and the staff who look after them."""

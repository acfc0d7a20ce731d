"""Records: what every entity of the register has in common, first of all the one way in which it is written."""

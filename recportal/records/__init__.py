"""Records: what the entities of the register have in common, first of all the one way of writing them."""

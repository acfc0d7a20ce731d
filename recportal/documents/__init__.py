"""Documents: the JSON columns of the register, each described by one JSON Schema file."""

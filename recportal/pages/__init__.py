"""The member pages: what the register holds about a person, shown to that person."""

"""Staff: the admin site of the register, scoped to the communities of whoever looks."""

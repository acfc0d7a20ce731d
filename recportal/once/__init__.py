"""Forms that create: a second click on Save is taken as the first one."""

"""How dates are written for people, where Django's own way is read differently in different countries."""

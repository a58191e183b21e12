"""Reading the workshop: what the GET routes ask for."""

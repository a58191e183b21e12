"""How Loop4S is run: the `loop4s` command line, private servers for a bare machine, and the demonstration."""

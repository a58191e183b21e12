"""The six services: five of the loop, which know each other by events only, and the console that shows it all."""

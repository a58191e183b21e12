"""What can be asked of the workshop, as request bodies: one file per subject; units are in the names."""

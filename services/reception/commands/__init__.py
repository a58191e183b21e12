"""What can be asked of reception, as request bodies: one file per subject; units are in the names."""

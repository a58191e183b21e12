"""Read-only selects behind the doors: one file per subject."""

"""What claims does: load the rows, let them decide, announce what they say."""

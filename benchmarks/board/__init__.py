"""What the board costs when a store has finished a million jobs, beside one that has finished a thousand."""

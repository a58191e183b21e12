"""What the console does: keep facts, follow cars and vehicles, make the projection anew, log users in and out."""

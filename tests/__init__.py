"""Sentences about what Loop4S does, against real servers."""

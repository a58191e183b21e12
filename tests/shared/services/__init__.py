"""Services that exist for the tests of shared only."""

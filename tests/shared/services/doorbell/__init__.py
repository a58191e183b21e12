"""A service as small as can be, to try the door: notes on a board, one board per store.  Hears and says nothing."""

"""The hop as a service of this project would be written: one heard fact, one aggregate, one row, one fact said."""

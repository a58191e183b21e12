"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order line progress or sale (heard facts only), repair order or invoice, then vehicles, then
customers (each by id), then incomplete files, then number series.  Who opens a file for a VIN first waits for others who do.
"""

"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order line progress (heard facts only), repair order or invoice, then vehicle, then number series; a
vehicle's flag is locked alone.
"""

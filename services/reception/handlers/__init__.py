"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order line progress (heard facts only), repair order or invoice, then vehicle, then number series; a
vehicle's flag is locked alone.
Locks are taken in the order rescue call, supplement, repair order (with line progress and supplements first where facts are
heard), invoice, payment or deposit, approval, vehicle, appointment, capacity slots, arrival slots, customer's account, deferred
work, number series; within a table in the order of keys.
Locks are taken in the order line progress or sale (heard facts only), repair order or invoice, then vehicles, then
customers (each by id), then incomplete files, then number series.  Who opens a file for a VIN first waits for others who do.
"""

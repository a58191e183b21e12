"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order line progress (heard facts only), repair order, invoice, payment or deposit, approval, vehicle,
customer's account, number series.
Locks are taken in the order line progress (heard facts only), rescue call, repair order or invoice, approval, then vehicle,
then number series.
"""

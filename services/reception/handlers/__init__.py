"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order appointment, rescue call, supplement, repair order (with line progress and supplements first where
facts are heard), invoice, payment or deposit, approval, vehicle, capacity slots, arrival slots, customer's account, deferred
work, number series; within a table in the order of keys.
"""

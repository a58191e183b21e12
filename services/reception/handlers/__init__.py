"""What reception does: one function per command or heard fact – load, decide, announce.

Locks are taken in the order rescue call, line progress, part offer or sale (heard facts only), supplement, repair order or
invoice, payment or deposit, approval, vehicles, customers, appointment, capacity slots, arrival slots, incomplete files,
customer's account, deferred work, number series, members – whose lock is that of all they hold –, and right before the commit
the balances of the ledger; within a table in the order of keys.  Who changes a bill holds the invoice and then refers to the
order, so that nobody who holds the order waits for an invoice.  A vehicle's flag is locked alone.  Who opens a file for a VIN,
or a membership for a customer, or adds an operation of one code or a package to one menu, first waits for others who do.
"""

"""One module per design; each has `run(bench)`, which does hops until it is cancelled, and says in its docstring what it
promises.  All run on uvloop, in processes of their own, on the same tables, queues and messages."""

"""What one hop costs: the product beside a hand-written floor, the design with one transaction per message, and a consumer
as most people write it, all in one interleaved run on private, durable servers (`python -m benchmarks`)."""

"""What every service of the loop leans on: the published language (`events`), saying and hearing facts safely (`outbox`,
`relay`, `inbox`, `topology`), the door (`service`, `identity`, `permissions`) and the ground below (`database`, `settings`,
`clock`, `logs`, `telemetry`).  Nothing here knows a repair order: trade rules belong to the service that owns them."""

"""Makes the drive of each run and each attempt durable; the event log stays what decides."""

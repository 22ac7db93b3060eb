"""Amazon SQS: hiding, giving back, dead letters, polling, order, and consumers that follow the backlog."""

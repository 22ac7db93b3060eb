"""Kinesis Data Streams: shards and their limits, partition keys, iterator age, and what it all costs."""

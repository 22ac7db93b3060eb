"""ElastiCache: what a cache saves, and the three ways it lies."""

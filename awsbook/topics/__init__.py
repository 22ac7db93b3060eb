"""One room a topic: `facts.toml`, `model.py`, `views.py`. `awsbook.explore.catalog` finds them."""

"""Launch types and Spot: what an hour of EC2 costs, who may take it away, and what that costs in work."""

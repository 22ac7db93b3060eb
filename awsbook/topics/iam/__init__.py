"""IAM: who may do what, and which gate says no."""

"""Load balancing: who gets the request, how it gets there, and what becomes of it when a target goes."""

"""EC2 placement groups: racks that break, copies of the data, launches that do not fit, one flow of bytes."""

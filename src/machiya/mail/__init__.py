"""A message comes in and reaches a mailbox; its trace; what the edge holds."""

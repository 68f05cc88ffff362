"""What a mailbox does with its mail by itself: vacation, forwarding, filters in plain words."""

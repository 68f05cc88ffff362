"""What the scanner set aside: all of it for administrators, the own for the owner of a mailbox."""

"""One's own account: password, second factor, sessions – for administrators and owners of mailboxes."""

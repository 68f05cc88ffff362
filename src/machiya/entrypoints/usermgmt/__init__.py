"""usermgmt: the pages on which administrators manage mailboxes, and people their own. Start reading at ``app.py``."""

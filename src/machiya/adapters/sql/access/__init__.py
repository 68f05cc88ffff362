"""The repositories of the access room."""

"""The style sheet and the icon: the only files a page loads."""

"""The model of a service and its pure rendering."""

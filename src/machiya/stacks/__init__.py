"""The model of a service, the catalogue of all of them, and pure rendering of the house in containers."""

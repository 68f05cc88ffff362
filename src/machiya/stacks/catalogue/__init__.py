"""One folder a service: ``service.py`` (what it is), ``Dockerfile`` and its files, ``config/`` (templates)."""

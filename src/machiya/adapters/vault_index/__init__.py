"""Which content lies where in the vault: a cache in SQLite, rebuilt from the manifests when it is lost."""

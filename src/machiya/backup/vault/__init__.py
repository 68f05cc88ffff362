"""The vault: snapshots off-site, in packs and manifests whose every version stays locked while it is needed."""

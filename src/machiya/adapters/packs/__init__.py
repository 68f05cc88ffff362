"""Packs and manifests as files: tar with members named by their hash, zstd, and age where it is wanted."""

"""The services of the docker house: what each is, its image, its configuration – described and rendered, never run."""

"""The Docker engine, asked through its command line: images, containers, Compose."""

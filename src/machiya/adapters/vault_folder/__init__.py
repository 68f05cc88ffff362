"""A folder as a vault: a second NAS. Nothing locks it; whoever can write there can delete it."""

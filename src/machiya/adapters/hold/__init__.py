"""The hold: a folder that keeps what the front door accepted until the house has it."""

"""The bytes of messages that were set aside."""

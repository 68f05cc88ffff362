"""What Postfix asks mail-api: who may send (milter) and who lives here (socketmap)."""

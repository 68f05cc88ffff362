"""The function with which Dovecot's question notes that an app password was used.

It hands back the digest that it is given, so that it stands in the question itself: called for the row that fits and
for no other, whatever the protocol. It writes at most every ten minutes for each, and a failure (a full disk) keeps
nobody from logging in. Dovecot's user may call it, and neither read nor write the table.
"""

LAST_USE = "app_password_used"
PARAMETERS = "(used CHAR(64), its_protocol VARCHAR(32), its_client VARCHAR(64)) RETURNS CHAR(64)"
BODY = """BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  IF NOT EXISTS (
    SELECT 1 FROM app_password_uses WHERE digest = used AND used_at > UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE
  ) THEN
    INSERT INTO app_password_uses (digest, used_at, protocol, client_address)
    VALUES (used, UTC_TIMESTAMP(6), its_protocol, its_client)
    ON DUPLICATE KEY UPDATE used_at = VALUES(used_at), protocol = VALUES(protocol),
      client_address = VALUES(client_address);
  END IF;
  RETURN used;
END"""

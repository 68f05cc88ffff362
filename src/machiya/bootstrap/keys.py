"""The keys and passwords that a house makes for itself: nobody has to know them."""

EVERY_HOUSE = ("edge_signing_key", "edge_recipient_key", "totp_key")
CONTAINERS = (
    "database_password",
    "dovecot_database_password",
    "doveadm_api_key",
    "redis_password",
    "roundcube_database_password",
    "roundcube_des_key",
    "rspamd_controller_password",
    "usermgmt_database_password",
    "usermgmt_webmail_key",
)


def generated_keys(*, in_containers: bool) -> tuple[str, ...]:
    """Their names; the parts of a house in containers have passwords for one another, too."""
    return (*EVERY_HOUSE, *CONTAINERS) if in_containers else EVERY_HOUSE

"""MariaDB: accounts, ledger and trace of the house."""

"""Tables, repositories and migrations: SQLite in the embedded house, MariaDB in the other."""

"""The house's MariaDB from its administrator's side: databases, users, views, grants."""

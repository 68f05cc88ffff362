"""A database with all that a dump can lose."""

from integration.mariadb_server import MariaDbServer

BIG = 700_000
PACKET = 1024 * 1024
"""As much as the server takes at once in these tests: the row fits, its hexadecimal digits do not."""

STATEMENTS = (
    "CREATE TABLE plain (id INT PRIMARY KEY AUTO_INCREMENT, note TEXT) CHARACTER SET utf8mb4",
    r"INSERT INTO plain (note) VALUES ('back\\slash \'quotes\' \0 \r\n \Z tab\t'), (NULL), ('')",
    "INSERT INTO plain (note) VALUES ('家😀\u200b\ufeff\u202e')",
    "DELETE FROM plain WHERE id = 2",
    "CREATE TABLE `od``d ; -- name` (`col``umn` INT, `select` VARBINARY(32), bits BIT(7), UNIQUE (`col``umn`))",
    "INSERT INTO `od``d ; -- name` VALUES (1, x'00FF275C0A', b'1010101'), (2, NULL, NULL)",
    (
        "CREATE TABLE made (a INT PRIMARY KEY, twice INT AS (a * 2) STORED, thrice INT AS (a * 3) VIRTUAL, "
        "hidden INT INVISIBLE DEFAULT 7, at DATETIME(6), exact DECIMAL(30, 10), near DOUBLE, body JSON)"
    ),
    (
        "INSERT INTO made (a, hidden, at, exact, near, body) VALUES "
        "(1, 8, '2026-11-29 03:00:00.123456', 12345678901234567890.0123456789, 0.1, '{\"k\": \"é\"}')"
    ),
    "CREATE TABLE child (parent INT, FOREIGN KEY (parent) REFERENCES made (a))",
    "INSERT INTO child VALUES (1)",
    "CREATE TABLE big (id INT PRIMARY KEY, body LONGBLOB)",
    f"INSERT INTO big VALUES (1, REPEAT(x'00', {BIG})), (2, x'')",  # noqa: S608 – fixed text
    "CREATE TABLE nothing (id INT PRIMARY KEY)",
    "CREATE VIEW seen AS SELECT plain.id, made.twice FROM plain, made",
    "CREATE VIEW above AS SELECT id FROM seen",
    "CREATE TRIGGER after_plain AFTER INSERT ON plain FOR EACH ROW INSERT INTO nothing VALUES (NEW.id)",
    "CREATE FUNCTION thrice(n INT) RETURNS INT DETERMINISTIC RETURN n * 3",
    "CREATE PROCEDURE fill()\nBEGIN\n-- a comment of its own\nINSERT INTO `nothing` VALUES (9);\nEND",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM nothing",
    "CREATE SEQUENCE numbers START WITH 5",
)


def fill(server: MariaDbServer, database: str) -> None:
    """Make it all in ``database``; a routine made under another collation than the database has now, too."""
    for statement in STATEMENTS:
        server.say(statement, database)
    server.say(f"ALTER DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    server.say("CREATE PROCEDURE later() SELECT 'ü'", database)

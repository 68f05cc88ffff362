FLUSH PRIVILEGES;
CREATE USER IF NOT EXISTS health@localhost IDENTIFIED VIA unix_socket AS 'mysql';
DROP USER IF EXISTS mysql@localhost;

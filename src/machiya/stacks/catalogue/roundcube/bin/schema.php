<?php

// Makes Roundcube's tables where there are none yet. Run again, or after it was killed half-way, it makes what is missing
// and touches nothing that is there. Ends with 75 while the database does not answer.

const NOT_YET = 75;
const TABLES = '/usr/share/roundcube/SQL/mysql.initial.sql';

require '/etc/machiya/config.inc.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$place = parse_url($config['db_dsnw']);
try {
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 5);
    $database->real_connect(
        $place['host'],
        $place['user'],
        rawurldecode($place['pass']),
        ltrim($place['path'], '/'),
        $place['port'],
    );
} catch (mysqli_sql_exception $error) {
    fwrite(STDERR, "schema: the database does not answer: {$error->getMessage()}\n");
    exit(NOT_YET);
}
try {
    $made = $database->query("SHOW TABLES LIKE 'system'")->num_rows > 0
        && $database->query("SELECT 1 FROM system WHERE name = 'roundcube-version'")->num_rows > 0;
    if (!$made) {
        $statements = str_replace(
            ['CREATE TABLE `', 'INSERT INTO '],
            ['CREATE TABLE IF NOT EXISTS `', 'INSERT IGNORE INTO '],
            file_get_contents(TABLES),
        );
        for ($more = $database->multi_query($statements); $more; $more = $database->next_result()) {
            if (!$database->more_results()) {
                break;
            }
        }
        echo "schema: the tables are made\n";
    }
} catch (mysqli_sql_exception $error) {
    fwrite(STDERR, "schema: the tables cannot be made: {$error->getMessage()}\n");
    exit(1);
}

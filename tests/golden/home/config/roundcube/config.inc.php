<?php

// Roundcube of the house. Written by machiya render; change machiya.toml instead.

$secret = fn (string $name): string => trim((string) @file_get_contents("/run/secrets/{$name}"));
// The house's own certificate, this one and no other, by whomever it is signed.
$house = ['ssl' => [
    'verify_peer' => false,
    'verify_peer_name' => false,
    'peer_fingerprint' => ['sha256' => str_replace(':', '', $secret('tls_fingerprint')) ?: 'none'],
]];

$config = [];

// --- Where mail is, and where it goes out: with the person's own log-in -----------------------------------------------
$config['imap_host'] = 'ssl://10.77.1.14:993';
$config['imap_conn_options'] = $house;
$config['imap_timeout'] = 30;
$config['imap_delimiter'] = '/';
$config['smtp_host'] = 'ssl://10.77.1.15:465';
$config['smtp_user'] = '%u';
$config['smtp_pass'] = '%p';
$config['smtp_conn_options'] = $house;
$config['smtp_timeout'] = 150;
$config['smtp_helo_host'] = 'machiya.home.test';
$config['max_message_size'] = '26214400';
$config['drafts_mbox'] = 'Drafts';
$config['sent_mbox'] = 'Sent';
$config['trash_mbox'] = 'Trash';
$config['junk_mbox'] = 'Junk';
$config['archive_mbox'] = 'Archive';
$config['protect_default_folders'] = true;
$config['http_received_header'] = false;
$config['useragent'] = '';

// --- Its own database, which holds sessions, contacts and settings ------------------------------------------------------
$config['db_dsnw'] = 'mysql://roundcube:' . rawurlencode($secret('database_password'))
    . '@10.77.1.10:3306/roundcube';
$config['session_storage'] = 'db';
$config['session_lifetime'] = 60;
$config['session_name'] = '__Host-webmail';
$config['session_auth_name'] = '__Host-webmail-login';
$config['session_path'] = '/';
$config['session_samesite'] = 'Lax';
$config['use_https'] = true;
// Behind the tunnel the address of a phone changes with every cell.
$config['ip_check'] = false;
$config['des_key'] = hash('sha256', $secret('des_key'), true);
$config['cipher_method'] = 'AES-256-GCM';
$config['login_rate_limit'] = 5;
$config['login_autocomplete'] = 2;
$config['login_username_maxlen'] = 320;
$config['trusted_host_patterns'] = ['^webmail\\.home\\.test$'];

// --- How it looks -------------------------------------------------------------------------------------------------------------
$config['product_name'] = 'machiya.home.test';
$config['display_product_info'] = 0;
$config['support_url'] = '';
$config['skin'] = 'elastic';
$config['skins_allowed'] = ['elastic'];
$config['skin_logo'] = ['login' => 'house/logo.svg', '*' => 'house/icon.svg', '[favicon]' => 'house/icon.svg', '[print]' => ''];
// null: as the browser asks.
$config['language'] = null;
$config['timezone'] = 'auto';

// --- What it does not do ------------------------------------------------------------------------------------------------------
$config['enable_installer'] = false;
$config['enable_spellcheck'] = false;
$config['email_dns_check'] = false;
$config['keyservers'] = [];
// Style sheets of strangers, fetched by the house itself; and the page that tells the version.
$config['disabled_actions'] = ['utils.modcss', 'settings.about'];
$config['log_driver'] = 'stdout';
$config['log_logins'] = true;
$config['smtp_log'] = false;
$config['temp_dir'] = '/tmp';
$config['temp_dir_ttl'] = '12h';
$config['mime_types'] = '/etc/mime.types';

// --- Plugins --------------------------------------------------------------------------------------------------------------------
$config['plugins'] = ['machiya', 'archive', 'managesieve', 'markasjunk', 'zipdownload'];

// The house learns from what is moved into Junk and out of it.
$config['markasjunk_spam_mbox'] = 'Junk';
$config['markasjunk_ham_mbox'] = 'INBOX';
$config['markasjunk_move_spam'] = true;
$config['markasjunk_move_ham'] = true;

$config['managesieve_host'] = 'tls://10.77.1.14:4190';
$config['managesieve_conn_options'] = $house;
$config['managesieve_script_name'] = 'webmail';
$config['managesieve_filename_exceptions'] = ['machiya'];
$config['managesieve_default'] = '';
$config['managesieve_vacation'] = 1;
$config['managesieve_raw_editor'] = false;

$config['zipdownload_selection'] = true;

// Where the house has usermgmt, it changes passwords, for whoever has the key that both know and comes from here.
if ($secret('usermgmt_webmail_key') !== '') {
    $config['plugins'][] = 'password';
    $config['password_driver'] = 'httpapi';
    $config['password_httpapi_url'] =
        'http://10.77.1.21:8089/internal/v1/password';
    $config['password_httpapi_method'] = 'POST';
    $config['password_httpapi_var_user'] = 'user';
    $config['password_httpapi_var_curpass'] = 'curpass';
    $config['password_httpapi_var_newpass'] = 'newpass';
    $config['password_http_client'] = [
        'headers' => ['X-Machiya-Webmail-Key' => $secret('usermgmt_webmail_key')],
        'timeout' => 30,
        'allow_redirects' => false,
    ];
    $config['password_confirm_current'] = true;
    $config['password_minimum_length'] = 10;
}

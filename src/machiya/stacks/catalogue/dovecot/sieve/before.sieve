# Before a person's own script: doubles and spam.
require ["duplicate", "fileinto", "index", "mailbox", "variables"];

# The second belt against doubles (the first is the house's ledger, which asks the mailbox after an interrupted
# delivery): by our own delivery id, never by Message-ID. One hour keeps the record short, and with it the cost.
# A copy that somebody else's script redirected to here is another message than the one that came straight, though it
# bears the same id: who redirected it last belongs to the key. The record is the mailbox's own already.
# Asking for the INBOX makes the home of a new mailbox, where the record is kept.
if header :index 1 :matches "X-Machiya-Delivery" "*" {
    set "delivery" "${1}";
}
if header :index 1 :matches "X-Sieve-Redirected-From" "*" {
    set "redirected" " redirected by ${1}";
}
if allof (
    not string "${delivery}" "",
    mailboxexists "INBOX",
    duplicate :uniqueid "${delivery}${redirected}" :seconds 3600
) {
    discard;
    stop;
}

# The house has judged it (the first such line is its own; a stranger can only add later ones). No vacation answers spam.
if header :index 1 :matches "X-Machiya-Verdict" ["junk", "junk;*"] {
    fileinto :create "Junk";
    stop;
}

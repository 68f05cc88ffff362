# Before a person's own script: doubles and spam.
require ["duplicate", "fileinto", "index", "mailbox"];

# The second belt against doubles (the first is the house's ledger, which asks the mailbox after an interrupted
# delivery): by our own delivery id, never by Message-ID. One hour keeps the record short, and with it the cost.
# Asking for the INBOX makes the home of a new mailbox, where the record is kept.
if allof (mailboxexists "INBOX", duplicate :header "X-Machiya-Delivery" :seconds 3600) {
    discard;
    stop;
}

# The house has judged it (the first such line is its own; a stranger can only add later ones). No vacation answers spam.
if header :index 1 :matches "X-Machiya-Verdict" ["junk", "junk;*"] {
    fileinto :create "Junk";
    stop;
}

# A person moved a message out of Junk: it is no spam, unless it went to the bin.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment"];

if environment :is "imap.mailbox" "Trash" {
    stop;
}
pipe :copy :try "learn" ["ham"];

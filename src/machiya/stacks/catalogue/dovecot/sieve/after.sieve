# After a person's own script, where that left the message to the default: user+folder@ goes to the folder, if it exists.
require ["envelope", "fileinto", "index", "mailbox", "special-use", "subaddress", "variables"];

# Postfix leaves the tag in the envelope. mail-api has resolved the address, and the one that the message was sent to
# stands in the topmost Received field.
if envelope :detail :matches "to" "*" {
    set "folder" "${1}";
} elsif header :index 1 :matches "Received" "*for <*+*@*>*" {
    set "folder" "${3}";
}
set :upperfirst "capital" "${folder}";
if mailboxexists "${folder}" {
    set "there" "${folder}";
} elsif mailboxexists "${capital}" {
    set "there" "${capital}";
}
if string "${there}" "" {
    stop;
}

# Whoever writes chooses the tag, and a stranger must not put anything into the bin or among what its owner sent. So
# folders with a special use stay closed, and those that mail programs make or show under such a name.
if anyof (
    specialuse_exists "${there}" "\\Archive",
    specialuse_exists "${there}" "\\Drafts",
    specialuse_exists "${there}" "\\Junk",
    specialuse_exists "${there}" "\\Sent",
    specialuse_exists "${there}" "\\Trash",
    string :is :comparator "i;ascii-casemap" "${there}" [
        "Archive", "Archives", "Drafts", "Junk", "Junk E-mail", "Junk Email", "Spam",
        "Sent", "Sent Items", "Sent Messages", "Trash", "Bin", "Deleted Items", "Deleted Messages",
        "アーカイブ", "下書き", "迷惑メール", "送信済み", "送信済みアイテム", "送信済みメール", "送信済みメッセージ",
        "ごみ箱", "ゴミ箱", "削除済みアイテム", "削除済みメッセージ"
    ]
) {
    stop;
}
fileinto "${there}";

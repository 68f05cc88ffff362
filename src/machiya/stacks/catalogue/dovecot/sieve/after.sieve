# After a person's own script, where that left the message to the default: user+folder@ goes to the folder, if it exists.
# The house has resolved the address; the one the message was sent to stands in the topmost Received field.
require ["fileinto", "index", "mailbox", "variables"];

if header :index 1 :matches "Received" "*for <*+*@*>*" {
    set "folder" "${3}";
    set :upperfirst "capital" "${folder}";
    if mailboxexists "${folder}" {
        fileinto "${folder}";
    } elsif mailboxexists "${capital}" {
        fileinto "${capital}";
    }
}

# A person moved a message to Junk.
require ["vnd.dovecot.pipe", "copy", "imapsieve"];

pipe :copy :try "learn" ["spam"];

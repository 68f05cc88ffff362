-- Proof that clamd looked: ANTIVIRUS_ANSWERED is there exactly when clamd gave a verdict on this message. The antivirus
-- module leaves no trace of a clean message, and none either where clamd's answer is an error that it does not expect;
-- mail-api delivers nothing without this symbol. Nothing is kept in redis: clamd remembers what was clean by itself,
-- and rspamd's digest leaves out parts of a message.
local common = require 'lua_scanners/common'
local id = rspamd_config:register_symbol({
  name = 'ANTIVIRUS_PROOF', type = 'callback', score = 0, group = 'antivirus', callback = function() end,
})
rspamd_config:register_symbol({
  name = 'ANTIVIRUS_ANSWERED', type = 'virtual', parent = id, score = 0, group = 'antivirus',
})
common.save_cache = function(task, _, rule)
  task:insert_result('ANTIVIRUS_ANSWERED', 1.0, rule.name)
  return false
end

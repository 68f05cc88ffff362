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

local rule = (rspamd_config:get_all_opt('antivirus') or {}).clamav
if not rule then return end

-- Where viruses are looked for, what clamd did not see waits, whoever sent it: Postfix tells its sender to try again.
rspamd_config:register_symbol({
  name = 'ANTIVIRUS_AWAY', type = 'postfilter', score = 0, group = 'antivirus',
  callback = function(task)
    if task:has_symbol('ANTIVIRUS_ANSWERED') or task:get_metric_action() == 'reject' then return end
    task:set_pre_result('soft reject', 'the virus scanner is away, try again later', 'antivirus')
    return true
  end,
})

-- A file in an archive that is larger than clamd's MaxFileSize: of a zip clamd reads the beginning and calls it clean.
local largest = 4 * rule.max_size
rspamd_config:register_symbol({
  name = 'ARCHIVE_TOO_LARGE', type = 'normal', score = 0, group = 'antivirus',
  callback = function(task)
    for _, part in ipairs(task:get_parts() or {}) do
      local archive = part:get_archive()
      for _, file in ipairs(archive and archive:get_files_full() or {}) do
        if (file.uncompressed_size or 0) > largest then return true, 1.0, tostring(file.uncompressed_size) end
      end
    end
  end,
})

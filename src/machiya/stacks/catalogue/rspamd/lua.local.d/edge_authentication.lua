-- What Cloudflare found about SPF, DKIM and DMARC: believed only from the newest ARC set of a chain that verifies and
-- whose newest seal is Cloudflare's; from anything else there is no result at all (never "pass").
-- Source: RFC 8617 (ARC), RFC 8601 §2.2 (resinfo).
local SEALED_BY = { ['cloudflare-email.net'] = true, ['email.cloudflare.net'] = true }
local METHODS = { spf = 'EDGE_SPF', dkim = 'EDGE_DKIM', dmarc = 'EDGE_DMARC' }
local WEIGHTS = {
  EDGE_SPF_PASS = -0.1, EDGE_DKIM_PASS = -0.1, EDGE_DMARC_PASS = -0.5,
  EDGE_SPF_FAIL = 0.5, EDGE_DKIM_FAIL = 0.2, EDGE_DMARC_FAIL = 2.0,
}

local function newest_results(task, instance)
  for _, header in ipairs(task:get_header_full('ARC-Authentication-Results') or {}) do
    local value = (header.decoded or header.value or ''):gsub('%b()', ' '):gsub('"[^"]*"', ' ')
    local found = tonumber(value:match('^%s*i%s*=%s*(%d+)%s*;'))
    if found == instance then return value:lower() end
  end
end

local function result_of(results, method)
  local seen
  for found in results:gmatch(';%s*' .. method .. '%s*=%s*(%a+)') do
    if found == 'pass' then return 'PASS' end
    seen = found
  end
  return seen == 'fail' and 'FAIL' or nil
end

local id = rspamd_config:register_symbol({
  name = 'EDGE_AUTHENTICATION', type = 'callback', score = 0, group = 'edge_authentication',
  callback = function(task)
    if not task:has_symbol('ARC_ALLOW') then return end
    local seals = task:cache_get('arc-seals') or {}
    local newest = seals[#seals]
    if not newest or not SEALED_BY[(newest.d or ''):lower()] then return end
    local results = newest_results(task, newest.i)
    if not results then return end
    for method, symbol in pairs(METHODS) do
      local result = result_of(results, method)
      if result then task:insert_result(symbol .. '_' .. result, 1.0, newest.d) end
    end
  end,
})
for symbol, weight in pairs(WEIGHTS) do
  rspamd_config:register_symbol({
    name = symbol, type = 'virtual', parent = id, score = weight, group = 'edge_authentication',
  })
end
rspamd_config:register_dependency('EDGE_AUTHENTICATION', 'ARC_CHECK')

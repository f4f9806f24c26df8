-- Returns the cells that a batch would change, to decide which of its kicks fold or are dropped.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket.
local _, own, changed = compare_state(true)
if changed then return changed end
local ever = take()
local found = {}
for key = 2, #KEYS - 1 do
  local count = tonumber(take())
  found[key - 1] = values_at(KEYS[key], ARGV, at + 1, at + count)
  at = at + count
end
return {'cells', own, call('HLEN', ever), found}

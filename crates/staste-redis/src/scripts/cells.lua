-- What lies at the points that a batch would bump, to decide which of its kicks fold or are dropped.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket.
local generation, version, next = take(), take(), take()
local ever = take()
local row = look()
if not row[1] then return {'gone'} end
local own = state(row, generation, version, next)
if row[1] ~= generation or row[2] ~= version or row[3] ~= next then return {'behind', own} end
local found = {}
for key = 2, #KEYS - 1 do
  local count = tonumber(take())
  found[key - 1] = values_at(KEYS[key], ARGV, at + 1, at + count)
  at = at + count
end
return {'cells', own, call('HLEN', ever), found}

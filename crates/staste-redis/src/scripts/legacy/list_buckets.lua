-- Returns the buckets of a Metrica under the original's keys with their number of cells; with 'bytes' also their bytes of
-- memory.
--
-- KEYS: meta.
local _, own, changed = compare_state(false)
if changed then return changed end
local with_bytes = take() == 'bytes'
local buckets = {}
local function add(period, totals)
  local bytes = 0
  if with_bytes then
    for _, key in ipairs({totals, totals .. ':__len__'}) do
      local usage = redis.pcall('MEMORY', 'USAGE', key)
      if type(usage) == 'number' then bytes = bytes + usage end
    end
  end
  buckets[#buckets + 1] = {period, call('HLEN', totals), bytes}
end
for depth = 5, 1, -1 do each_bucket(depth, nil, nil, add) end
if call('EXISTS', ever) == 1 then add('', ever) end
return {'buckets', own, buckets}

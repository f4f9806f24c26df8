-- Returns the buckets of a Metrica with their number of cells; with 'bytes' also their bytes of memory.
--
-- KEYS: meta.
local _, own, changed = compare_state(true)
if changed then return changed end
local with_bytes = take() == 'bytes'
local buckets = {}
local function add(index, start, totals, counts)
  local cells = call('HLEN', totals)
  if cells == 0 then return end
  local bytes = 0
  if with_bytes then
    for _, key in ipairs({totals, counts}) do
      local usage = redis.pcall('MEMORY', 'USAGE', key)
      if type(usage) == 'number' then bytes = bytes + usage end
    end
  end
  buckets[#buckets + 1] = {index, start, cells, bytes}
end
for index, scale in ipairs(SCALES) do
  for _, start in ipairs(call('ZRANGE', base .. 'index:' .. scale, 0, -1)) do
    add(index - 1, start, totals_key(scale, start), counts_key(scale, start))
  end
end
add(5, '', base .. 'ever', base .. 'ever:n')
return {'buckets', own, buckets}

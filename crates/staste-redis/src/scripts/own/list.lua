-- The buckets of a Metrica with the number of their cells; with 'bytes' what each takes, too.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local with_bytes = take() == 'bytes'
local row = look()
if not row[1] then return {'gone'} end
local own = state(row, generation, version, next)
if row[1] ~= generation or row[2] ~= version or row[3] ~= next then return {'behind', own} end
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

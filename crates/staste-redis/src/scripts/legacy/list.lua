-- The buckets of a Metrica under the original's keys with the number of their cells; with 'bytes' what each
-- takes, too.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local with_bytes = take() == 'bytes'
local row = look()
if not row[1] then return {'gone'} end
local own = state(row, generation, version, next)
if row[1] ~= generation or row[2] ~= version then return {'behind', own} end
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
for depth = 5, 1, -1 do walk(depth, nil, nil, add) end
if call('EXISTS', ever) == 1 then add('', ever) end
return {'buckets', own, buckets}

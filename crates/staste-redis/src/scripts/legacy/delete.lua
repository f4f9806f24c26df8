-- Removes the cells of a Metrica under the original's keys; with 'metrica' everything of it.
--
-- KEYS: meta, claims, expiring claims, then the sets of choices of the axes that have one.
local what, generation, fresh, point, claims, sets = take(), take(), take(), take(), take(), tonumber(take())
local row = read_meta()
if not row[1] then return {'gone'} end
if row[1] ~= generation then return {'behind'} end
local total = amount(ever, point)
local count = amount(ever .. ':__len__', point)
local cells = call('HLEN', ever)
local keys = {}
local function remove(totals)
  keys[#keys + 1] = totals
  keys[#keys + 1] = totals .. ':__len__'
end
remove(ever)
for depth = 1, 5 do
  each_bucket(depth, nil, nil, function(_, totals)
    cells = cells + call('HLEN', totals)
    remove(totals)
  end)
end
keys[#keys + 1] = legacy .. 'years'

local function remove_set(set, below)
  for _, member in ipairs(call('SMEMBERS', set)) do remove_set(set .. below .. member, '/') end
  keys[#keys + 1] = set
end
check_allowed('UNLINK')
if what == 'metrica' then
  for set = 1, sets do remove_set(KEYS[3 + set], ':') end
  forget_claims(KEYS[2], KEYS[3], claims)
  keys[#keys + 1] = base .. 'definition'
  keys[#keys + 1] = KEYS[1]
else
  set_field(KEYS[1], 'generation', fresh)
  count_write(row[4])
end
unlink(keys)
return {'deleted', string.format('%.0f', cells), total, count}

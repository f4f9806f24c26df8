-- Removes the cells of a Metrica under the original's keys, and with 'metrica' all that is known of it.
--
-- KEYS: meta, claims, expiring claims, then the sets of choices of the axes that have one.
local what, generation, fresh, point, claims, sets = take(), take(), take(), take(), take(), tonumber(take())
local row = look()
if not row[1] then return {'gone'} end
if row[1] ~= generation then return {'behind'} end
local total = redis.call('HGET', ever, point) or '0'
local count = redis.call('HGET', ever .. ':__len__', point) or '0'
local cells = redis.call('HLEN', ever)
local keys = {ever, seed .. 'years'}
for depth = 1, 5 do
  walk(depth, nil, nil, function(_, totals)
    cells = cells + redis.call('HLEN', totals)
    keys[#keys + 1] = totals
  end)
end
for _, key in ipairs(keys) do redis.call('UNLINK', key, key .. ':__len__') end

local function unlink(set, below)
  for _, member in ipairs(redis.call('SMEMBERS', set)) do unlink(set .. below .. member, '/') end
  redis.call('UNLINK', set)
end
if what == 'metrica' then
  for set = 1, sets do unlink(KEYS[3 + set], ':') end
  forget_claims(KEYS[2], KEYS[3], claims)
  redis.call('UNLINK', base .. 'definition', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'generation', fresh)
  redis.call('HINCRBY', KEYS[1], 'writes', 1)
end
return {'dropped', string.format('%.0f', cells), total, count}

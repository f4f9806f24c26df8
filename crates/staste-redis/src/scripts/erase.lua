-- Writes the cells that were changed by taking kicks out, when nothing was written meanwhile.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket that changes.
local generation, version, next, writes = take(), take(), take(), take()
local row = look()
if row[1] ~= generation or row[2] ~= version or row[3] ~= next or row[4] ~= writes then return {'behind'} end
local averaged = take() == '1'
redis.call('HSET', KEYS[1], 'generation', take(), 'next', take())
redis.call('HINCRBY', KEYS[1], 'writes', 1)
for _ = 1, tonumber(take()) do
  redis.call('HSET', base .. 'choices:' .. take(), take(), take())
end
for _ = 1, tonumber(take()) do
  redis.call('HDEL', base .. 'choices:' .. take(), take())
end
local gone = 0
local key = 2
for _ = 1, tonumber(take()) do
  local scale, start = take(), take()
  local totals, counts = KEYS[key], averaged and KEYS[key + 1]
  key = key + (averaged and 2 or 1)
  gone = gone + change(totals, counts)
  if start ~= '' and redis.call('EXISTS', totals) == 0 then
    redis.call('ZREM', base .. 'index:' .. scale, start)
  end
end
return {'erased', string.format('%.0f', gone)}

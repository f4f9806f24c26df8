-- Removes the cells of a Metrica, and with 'metrica' all that is known of it.
--
-- KEYS: meta, claims, expiring claims.
local what, generation, fresh, axes, point, claims = take(), take(), take(), take(), take(), take()
local row = look()
if not row[1] then return {'gone'} end
if generation ~= '' and row[1] ~= generation then return {'behind'} end
local total = redis.call('HGET', base .. 'ever', point) or '0'
local count = redis.call('HGET', base .. 'ever:n', point) or '0'
local cells = redis.call('HLEN', base .. 'ever')
redis.call('UNLINK', base .. 'ever', base .. 'ever:n')
for _, scale in ipairs(SCALES) do
  for _, start in ipairs(redis.call('ZRANGE', base .. 'index:' .. scale, 0, -1)) do
    cells = cells + redis.call('HLEN', totals_key(scale, start))
    redis.call('UNLINK', totals_key(scale, start), counts_key(scale, start))
  end
  redis.call('UNLINK', base .. 'index:' .. scale)
end
if what == 'metrica' then
  for axis = 0, tonumber(axes) - 1 do redis.call('UNLINK', base .. 'choices:' .. axis) end
  forget_claims(KEYS[2], KEYS[3], claims)
  redis.call('UNLINK', base .. 'definition', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'generation', fresh)
  redis.call('HINCRBY', KEYS[1], 'writes', 1)
end
return {'dropped', string.format('%.0f', cells), total, count}

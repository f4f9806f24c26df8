-- Remembers a definition, when the stored one is the one that was looked at.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local row = look()
if (row[1] or '') ~= generation or (row[2] or '') ~= version or (row[3] or '') ~= next then
  return {'behind'}
end
redis.call('SET', base .. 'definition', take())
redis.call('HSET', KEYS[1], 'generation', take(), 'version', take(), 'next', take())
redis.call('HINCRBY', KEYS[1], 'writes', 1)
for _ = 1, tonumber(take()) do
  redis.call('HSET', base .. 'choices:' .. take(), take(), take())
end
-- Where retention changed, buckets must not go by the old one: from now on they go by the watermarks
-- until they are written to again.
for _ = 1, tonumber(take()) do
  local scale = take()
  for _, start in ipairs(redis.call('ZRANGE', base .. 'index:' .. scale, 0, -1)) do
    redis.call('PERSIST', totals_key(scale, start))
    redis.call('PERSIST', counts_key(scale, start))
  end
end
return {'defined'}

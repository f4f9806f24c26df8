-- Remembers a definition, when the stored one is the one that was looked at.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local row = look()
if (row[1] or '') ~= generation or (row[2] or '') ~= version or (row[3] or '') ~= next then
  return {'behind'}
end
local definition = base .. 'definition'
need('ZADD', 'HDEL', 'EXPIRE', 'UNLINK')
set_text(definition, call('GET', definition), take())
for _, field in ipairs({'generation', 'version', 'next'}) do set_field(KEYS[1], field, take()) end
count_write(row[4])
for _ = 1, tonumber(take()) do
  set_field(base .. 'choices:' .. take(), take(), take())
end
-- Where retention changed, buckets must not go by the old one: from now on they go by the watermarks
-- until they are written to again.
for _ = 1, tonumber(take()) do
  local scale = take()
  for _, start in ipairs(call('ZRANGE', base .. 'index:' .. scale, 0, -1)) do
    persist(totals_key(scale, start))
    persist(counts_key(scale, start))
  end
end
return {'defined'}

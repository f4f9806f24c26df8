-- Stores a definition, if the stored one has not changed since the client read it.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local row = read_meta()
if (row[1] or '') ~= generation or (row[2] or '') ~= version or (row[3] or '') ~= next then
  return {'behind'}
end
local definition = base .. 'definition'
check_allowed('ZADD', 'HDEL', 'EXPIRE', 'UNLINK')
set_text(definition, call('GET', definition), take())
for _, field in ipairs({'generation', 'version', 'next'}) do set_field(KEYS[1], field, take()) end
count_write(row[4])
for _ = 1, tonumber(take()) do
  set_field(base .. 'choices:' .. take(), take(), take())
end
-- Where the retention changes, buckets must not expire by the old one: they are deleted by the watermarks until they are
-- written to again.
for _ = 1, tonumber(take()) do
  local scale = take()
  for _, start in ipairs(call('ZRANGE', base .. 'index:' .. scale, 0, -1)) do
    persist(totals_key(scale, start))
    persist(counts_key(scale, start))
  end
end
return {'defined'}

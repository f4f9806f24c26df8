-- Removes the cells of a Metrica; with 'metrica' everything of it, whatever is missing or invalid.
--
-- KEYS: meta, claims, expiring claims.
local what, generation, fresh, axes, point, claims = take(), take(), take(), take(), take(), take()
local row = what == 'metrica' and {call_any_type('HGET', KEYS[1], 'generation')} or read_meta()
if generation ~= '' then
  if not row[1] then return {'gone'} end
  if row[1] ~= generation then return {'behind'} end
end
local total = amount(base .. 'ever', point)
local count = amount(base .. 'ever:n', point)
local cells = call_any_type('HLEN', base .. 'ever') or 0
local keys = {base .. 'ever', base .. 'ever:n'}
for _, scale in ipairs(SCALES) do
  for _, start in ipairs(call_any_type('ZRANGE', base .. 'index:' .. scale, 0, -1) or {}) do
    cells = cells + (call_any_type('HLEN', totals_key(scale, start)) or 0)
    keys[#keys + 1] = totals_key(scale, start)
    keys[#keys + 1] = counts_key(scale, start)
  end
  keys[#keys + 1] = base .. 'index:' .. scale
end
check_allowed('UNLINK')
if what == 'metrica' then
  for axis = 0, tonumber(axes) - 1 do keys[#keys + 1] = base .. 'choices:' .. axis end
  forget_claims(KEYS[2], KEYS[3], claims)
  keys[#keys + 1] = base .. 'definition'
  keys[#keys + 1] = KEYS[1]
  -- Buckets that are missing in an index.
  for _ = 1, tonumber(take()) do keys[#keys + 1] = take() end
else
  set_field(KEYS[1], 'generation', fresh)
  count_write(row[4])
end
unlink(keys)
return {'deleted', string.format('%.0f', cells), total, count}

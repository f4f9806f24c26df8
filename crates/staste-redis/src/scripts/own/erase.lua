-- Writes the cells that an erasure changes, if nothing was written meanwhile.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket that changes.
local generation, version, next, writes = take(), take(), take(), take()
local row = read_meta()
if row[1] ~= generation or row[2] ~= version or row[3] ~= next or row[4] ~= writes then return {'behind'} end
check_choices(row[3])
local averaged = take() == '1'
check_allowed('ZADD', 'HDEL', 'EXPIRE')
for _, field in ipairs({'generation', 'next'}) do set_field(KEYS[1], field, take()) end
count_write(row[4])
for _ = 1, tonumber(take()) do
  set_field(base .. 'choices:' .. take(), take(), take())
end
for _ = 1, tonumber(take()) do
  remove_field(base .. 'choices:' .. take(), take())
end
local gone = 0
local key = 2
for _ = 1, tonumber(take()) do
  local scale, start = take(), take()
  local totals, counts = KEYS[key], averaged and KEYS[key + 1]
  key = key + (averaged and 2 or 1)
  gone = gone + change_cells(totals, counts)
  if start ~= '' and call('EXISTS', totals) == 0 then
    remove_score(base .. 'index:' .. scale, start)
  end
end
return {'erased', string.format('%.0f', gone)}

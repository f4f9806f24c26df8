-- Writes the cells that an erasure changes. It runs in a transaction that fails if anybody has counted meanwhile.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket that changes.
local generation, version = take(), take()
local row = read_meta()
if row[1] ~= generation or row[2] ~= version then return {'behind'} end
local averaged = take() == '1'
check_allowed('ZADD', 'HDEL', 'EXPIRE', 'UNLINK')
count_write(row[4])
for _ = 1, tonumber(take()) do remove_member(take(), take()) end
local sets = {}
for set = 1, tonumber(take()) do sets[set] = take() end
local gone = 0
local key = 2
for _ = 1, tonumber(take()) do
  local totals, counts = KEYS[key], averaged and KEYS[key + 1]
  key = key + (averaged and 2 or 1)
  gone = gone + change_cells(totals, counts)
end
unlink(sets)
return {'erased', string.format('%.0f', gone)}

-- Sets the watermarks, if they have not changed since the client read them. The generation changes as well, so that clients
-- that know higher watermarks learn them again.
--
-- KEYS: meta.
local generation, version, fresh = take(), take(), take()
local row = read_meta()
if not row[1] then return {'gone'} end
if row[1] ~= generation or row[2] ~= version then return {'behind'} end
for scale = 1, 6 do
  local before_all, mark = take(), take()
  if (row[4 + scale] or before_all) ~= mark then return {'changed'} end
end
check_allowed('ZADD', 'HDEL')
for scale = 0, 5 do set_field(KEYS[1], 'from' .. scale, take()) end
set_field(KEYS[1], 'generation', fresh)
count_write(row[4])
return {'set'}

-- What lies at the points that a batch would bump, to decide which of its kicks fold or are dropped.
--
-- KEYS: meta, then the totals, and the counts when averaged, of each bucket.
local generation, version, next = take(), take(), take()
local ever = take()
local row = look()
if not row[1] then return {'gone'} end
local own = state(row, generation, version, next)
if row[1] ~= generation or row[2] ~= version or row[3] ~= next then return {'behind', own} end
local found = {}
for key = 2, #KEYS - 1 do
  local values = {}
  local first = at + 2
  local last = at + 1 + tonumber(take())
  while first <= last do
    local upto = math.min(first + 3999, last)
    for _, value in ipairs(redis.call('HMGET', KEYS[key], unpack(ARGV, first, upto))) do
      values[#values + 1] = value
    end
    first = upto + 1
  end
  at = last
  found[key - 1] = values
end
return {'cells', own, redis.call('HLEN', ever), found}

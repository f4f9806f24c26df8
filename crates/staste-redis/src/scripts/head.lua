-- What every script shares: reading arguments, and the state of a Metrica.
--
-- Numbers of Lua are doubles, so that sums and sequences stay texts here. Instants are whole seconds
-- within the years 1 to 9999, which doubles hold exactly.
--
-- After the KEYS that a script names comes one that never exists: see `Call::on`.

-- The beginning of every key of the Metrica, such as "staste:{guests}:". Keys that no caller can know
-- beforehand, those of buckets in an index, are made of it; the hash tag keeps them in the same slot.
local base = ARGV[1]
local at = 1

local function take()
  at = at + 1
  return ARGV[at]
end

local SCALES = {'minute', 'hour', 'day', 'month', 'year'}

local function totals_key(scale, start)
  return base .. scale .. ':' .. start
end

local function counts_key(scale, start)
  return base .. scale .. ':' .. start .. ':n'
end

-- The values of a hash at the fields `first` to `last` of a list, which may be longer than a call can be.
local function values_at(key, fields, first, last)
  local found = {}
  while first <= last do
    local upto = math.min(first + 3999, last)
    for _, value in ipairs(redis.call('HMGET', key, unpack(fields, first, upto))) do
      found[#found + 1] = value
    end
    first = upto + 1
  end
  return found
end

-- Changes cells as the arguments say: those with new values, and those that go; tells how many went.
local function change(totals, counts)
  -- A bucket that expired meanwhile must not come back without its other cells.
  local is_there = redis.call('EXISTS', totals) == 1
  for _ = 1, tonumber(take()) do
    local field, total, count = take(), take(), counts and take()
    if is_there then
      redis.call('HSET', totals, field, total)
      if counts then redis.call('HSET', counts, field, count) end
    end
  end
  local gone = 0
  for _ = 1, tonumber(take()) do
    local field = take()
    gone = gone + redis.call('HDEL', totals, field)
    if counts then redis.call('HDEL', counts, field) end
  end
  return gone
end

-- Removes the claims whose keys begin so.
local function forget_claims(claims_key, expiring_key, prefix)
  for _, key in ipairs(redis.call('HKEYS', claims_key)) do
    if string.sub(key, 1, #prefix) == prefix then
      redis.call('HDEL', claims_key, key)
      redis.call('ZREM', expiring_key, key)
    end
  end
end

-- Of a Metrica: generation, version, next ids, writes, six watermarks, and until when it is held.
local function look()
  return redis.call('HMGET', KEYS[1], 'generation', 'version', 'next', 'writes',
    'from0', 'from1', 'from2', 'from3', 'from4', 'from5', 'held')
end

-- True when the client knows choices that are not there: a server that took over from another has lost
-- them, and their ids will be given to others.
local function is_ahead(stored, known)
  local ids = string.gmatch(stored, '%d+')
  for id in string.gmatch(known, '%d+') do
    if tonumber(id) > tonumber(ids() or 0) then return true end
  end
  return false
end

-- What a client that knows a generation, a version and choices up to `next` has to learn.
local function state(row, generation, version, next)
  if row[1] ~= generation or is_ahead(row[3], next) then generation, next = '', '' end
  local text = false
  if generation == '' or row[2] ~= version then
    text = redis.call('GET', base .. 'definition')
  end
  local choices = {}
  if row[3] ~= next then
    local known = {}
    for id in string.gmatch(next, '%d+') do known[#known + 1] = tonumber(id) end
    for upto in string.gmatch(row[3], '%d+') do
      local axis = #choices
      local fresh, ids = {}, {}
      for id = known[axis + 1] or 3, tonumber(upto) - 1 do ids[#ids + 1] = string.format('%d', id) end
      for index, entry in ipairs(values_at(base .. 'choices:' .. axis, ids, 1, #ids)) do
        if entry then
          fresh[#fresh + 1] = ids[index]
          fresh[#fresh + 1] = entry
        end
      end
      choices[axis + 1] = fresh
    end
  end
  return {row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], text, choices}
end

-- Decimal texts without sign or leading zeros, of any length.
local function is_later(one, other)
  return #one > #other or (#one == #other and one > other)
end

-- A claim is stored as "EXPIRES:VALUE"; one that never expires has nothing before the colon.
local function is_live(claim, now)
  if not claim then return false end
  local expires = string.match(claim, '^(%-?%d*):')
  return expires == '' or tonumber(expires) > tonumber(now)
end

-- "duplicate" when the batch was applied before, "claimed" when one of its claims was made; the claims, and the
-- mark there is.
local function once(mark_key, claims_key)
  local sequence, now = take(), take()
  local mark = redis.call('GET', mark_key)
  local repeated = mark and not is_later(sequence, mark) and 'duplicate'
  local claims = {}
  for index = 1, tonumber(take()) do
    claims[index] = {take(), take(), take()}
    if not repeated and is_live(redis.call('HGET', claims_key, claims[index][1]), now) then repeated = 'claimed' end
  end
  return repeated, sequence, now, claims, mark or '0'
end

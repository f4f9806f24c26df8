-- What every script shares: reading arguments, calling commands, and the state of a Metrica.
--
-- The text of a script becomes the body of the function `run`, which `tail.lua` calls.
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

-- Calls a command; a refusal ends the script, and names the command and its key.
local function call(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    local command, key = ...
    error({err = reply.err .. ' (' .. command .. (key and ' ' .. key or '') .. ')'})
  end
  return reply
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
    for _, value in ipairs(call('HMGET', key, unpack(fields, first, upto))) do
      found[#found + 1] = value
    end
    first = upto + 1
  end
  return found
end

-- A stored value as error messages show it.
local function shown(value)
  if not value then return 'nothing' end
  local text = string.gsub(value, '[^\32-\126]', '?')
  return '"' .. (#text > 40 and string.sub(text, 1, 40) .. '...' or text) .. '"'
end

-- Ends the script because stored values make no sense; the client adds what to do.
local function corrupt(fault)
  error({err = 'CORRUPT ' .. string.match(base, '{(.*)}:$') .. ' ' .. fault})
end

local FIELDS = {'generation', 'version', 'next', 'writes', 'from0', 'from1', 'from2', 'from3', 'from4', 'from5', 'held'}
local IS_NEEDED = {version = true, next = true, writes = true}

-- Returns in words what is wrong with the fields of meta; nothing when they can be.
local function fault_of_meta(row)
  for index = 2, #FIELDS do
    local field, value = FIELDS[index], row[index]
    local pattern, longest = '^%-?%d+$', 20
    if field == 'next' then pattern, longest = '^[%d:]*$', 200 end
    local is_odd = value and (#value > longest or not string.match(value, pattern))
    if is_odd or not value and IS_NEEDED[field] then
      return KEYS[1] .. ' holds ' .. shown(value) .. ' for ' .. field
    end
  end
end

-- Of a Metrica: generation, version, next ids, writes, six watermarks, and until when it is held.
local function look()
  local row = call('HMGET', KEYS[1], unpack(FIELDS))
  local fault = row[1] and fault_of_meta(row)
  if fault then corrupt(fault) end
  return row
end

-- So many ids may have no choice: those of choices that were forgotten.
local MAX_EMPTY_IDS = 1048576

-- Returns in words what is wrong with the choices of an axis, whose next id is one more than that of the last one.
-- Ids are gone through one by one, by clients as well, so that next ids must not be taken at their word.
local function fault_of_choices(axis, next)
  local key, upto = base .. 'choices:' .. axis, tonumber(next)
  local count = call('HLEN', key)
  if upto == 3 and count == 0 then return end
  if count == 0 then
    return 'half a Metrica is left: ' .. key .. ' is missing, while ' .. KEYS[1] .. ' holds ' .. shown(next) ..
      ' for its next id'
  end
  local is_odd = upto - 3 < count or upto - 3 > count + MAX_EMPTY_IDS
  if is_odd or call('HEXISTS', key, string.format('%d', upto - 1)) == 0 then
    return KEYS[1] .. ' holds ' .. shown(next) .. ' for the next id of ' .. key .. ', which is not that after its ' ..
      count .. ' choices'
  end
end

-- Fails when next ids, as they are stored, are not those of the choices there are.
local function check_choices(stored)
  local axis = 0
  for next in string.gmatch(stored, '%d+') do
    local fault = fault_of_choices(axis, next)
    if fault then corrupt(fault) end
    axis = axis + 1
  end
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
    text = call('GET', base .. 'definition')
  end
  local choices = {}
  if row[3] ~= next then
    check_choices(row[3])
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
-- mark if there is one.
local function once(mark_key, claims_key)
  local sequence, now = take(), take()
  local mark = call('GET', mark_key)
  local repeated = mark and not is_later(sequence, mark) and 'duplicate'
  local claims = {}
  for index = 1, tonumber(take()) do
    claims[index] = {take(), take(), take()}
    if not repeated and is_live(call('HGET', claims_key, claims[index][1]), now) then repeated = 'claimed' end
  end
  return repeated, sequence, now, claims, mark
end

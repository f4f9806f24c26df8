-- The prelude of every script: reading arguments, calling commands, and reading the state of a Metrica.
--
-- The text of a script becomes the body of the function `run`, which `postlude.lua` calls.
--
-- Numbers in Lua are doubles, so that sums and sequences stay texts here. Instants are whole seconds within the years 1 to
-- 9999, which doubles represent exactly.
--
-- The KEYS that a script names are followed by one that never exists: see `ScriptCall::on`.

-- The start of every key of the Metrica, such as "staste:{guests}:". Keys that the client does not know, those of buckets in
-- an index, are made of it; the hash tag keeps them in the same hash slot.
local base = ARGV[1]
local at = 1

-- Returns the next argument.
local function take()
  at = at + 1
  return ARGV[at]
end

-- Calls a command. An error ends the script, and names the command and its key.
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

-- Returns the values of a hash at the fields `first` to `last` of a list, which can be longer than one call allows.
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

-- Returns a stored value as error messages show it.
local function excerpt(value)
  if not value then return 'nothing' end
  local text = string.gsub(value, '[^\32-\126]', '?')
  return '"' .. (#text > 40 and string.sub(text, 1, 40) .. '...' or text) .. '"'
end

-- Ends the script because of invalid stored values; the client adds the remedy.
local function corrupt(fault)
  error({err = 'CORRUPT ' .. string.match(base, '{(.*)}:$') .. ' ' .. fault})
end

local FIELDS = {'generation', 'version', 'next', 'writes', 'from0', 'from1', 'from2', 'from3', 'from4', 'from5', 'held'}
local IS_NEEDED = {version = true, next = true, writes = true}

-- Returns what is wrong with the fields of meta; nil if they are valid.
local function fault_of_meta(row)
  for index = 2, #FIELDS do
    local field, value = FIELDS[index], row[index]
    local pattern, longest = '^%-?%d+$', 20
    if field == 'next' then pattern, longest = '^[%d:]*$', 200 end
    local is_invalid = value and (#value > longest or not string.match(value, pattern))
    if is_invalid or not value and IS_NEEDED[field] then
      return KEYS[1] .. ' holds ' .. excerpt(value) .. ' for ' .. field
    end
  end
end

-- Returns generation, version, next ids, number of writes, six watermarks, and until when kicks are held back.
local function read_meta()
  local row = call('HMGET', KEYS[1], unpack(FIELDS))
  local fault = row[1] and fault_of_meta(row)
  if fault then corrupt(fault) end
  return row
end

-- Maximum number of ids without a choice: those of choices that were forgotten.
local MAX_EMPTY_IDS = 1048576

-- Returns what is wrong with the choices of an axis; nil if they are valid. The next id is one more than the last one.
-- Scripts and clients loop over all ids, so that a wrong next id must not be trusted.
local function fault_of_choices(axis, next)
  local key, upto = base .. 'choices:' .. axis, tonumber(next)
  local count = call('HLEN', key)
  if upto == 3 and count == 0 then return end
  if count == 0 then
    return 'half a Metrica is left: ' .. key .. ' is missing, while ' .. KEYS[1] .. ' holds ' .. excerpt(next) ..
      ' for its next id'
  end
  local is_invalid = upto - 3 < count or upto - 3 > count + MAX_EMPTY_IDS
  if is_invalid or call('HEXISTS', key, string.format('%d', upto - 1)) == 0 then
    return KEYS[1] .. ' holds ' .. excerpt(next) .. ' for the next id of ' .. key .. ', which is not that after its ' ..
      count .. ' choices'
  end
end

-- Fails when the stored next ids do not belong to the stored choices.
local function check_choices(stored)
  local axis = 0
  for next in string.gmatch(stored, '%d+') do
    local fault = fault_of_choices(axis, next)
    if fault then corrupt(fault) end
    axis = axis + 1
  end
end

-- Returns true when the client knows choices that the server does not have: one that took over from another has lost them,
-- and will give their ids to others.
local function is_ahead(stored, known)
  local ids = string.gmatch(stored, '%d+')
  for id in string.gmatch(known, '%d+') do
    if tonumber(id) > tonumber(ids() or 0) then return true end
  end
  return false
end

-- Returns the state for a client that knows a generation, a version and choices up to `next`.
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

-- Compares decimal texts without sign or leading zeros, of any length.
local function is_later(one, other)
  return #one > #other or (#one == #other and one > other)
end

-- A claim is stored as "EXPIRES:VALUE"; a claim that never expires has nothing before the colon.
local function is_live(claim, now)
  if not claim then return false end
  local expires = string.match(claim, '^(%-?%d*):')
  return expires == '' or tonumber(expires) > tonumber(now)
end

-- Returns "duplicate" when the batch was applied before, "claimed" when one of its claims exists, and otherwise nil; then the
-- arguments of the batch, and the mark of its writer if there is one.
local function check_repeated(mark_key, claims_key)
  local sequence, now = take(), take()
  local mark = call('GET', mark_key)
  local repeated = mark and not is_later(sequence, mark) and 'duplicate'
  local claims = {}
  for index = 1, tonumber(take()) do
    claims[index] = {take(), take(), take(), take()}
    if not repeated and is_live(call('HGET', claims_key, claims[index][1]), now) then repeated = 'claimed' end
  end
  return repeated, sequence, now, claims, mark
end

-- Compares what the client knows with the state of the Metrica, and returns meta and the state for the client. The third
-- result is the reply that ends the script, if the Metrica is gone or the client is behind.
local function compare_state(with_ids)
  local generation, version, next = take(), take(), take()
  local row = read_meta()
  if not row[1] then return nil, nil, {'gone'} end
  local own = state(row, generation, version, next)
  if row[1] ~= generation or row[2] ~= version or with_ids and row[3] ~= next then
    return nil, nil, {'behind', own}
  end
  return row, own
end

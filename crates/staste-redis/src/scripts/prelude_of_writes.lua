-- The second prelude, for scripts that write: each write notes how it is undone, so that a script writes all or nothing.
--
-- Redis keeps what a script wrote before it failed. A write is undone by a command, or by a function that returns its first
-- error. EXPIRE is not undone: it sets the same time to live again.
local undo = {}

-- Undoes every write, the last one first. Returns the first error.
local function roll_back()
  local failure
  for step = #undo, 1, -1 do
    local inverse, reply = undo[step], nil
    if type(inverse) == 'function' then reply = inverse() else reply = redis.pcall(unpack(inverse)) end
    if type(reply) == 'table' and reply.err then failure = failure or reply.err end
  end
  undo = {}
  return failure
end

-- Calls commands that undo writes on the key that never exists, where they change nothing: a user who may not call one of
-- them gets the error before the first write. When memory is full, the server refuses only the first command of a script
-- that writes, and only one that can take memory, so that a script that adds something starts with ZADD.
local nothing = KEYS[#KEYS]
local UNDOES = {
  ZADD = {'ZADD', nothing, 'XX', 0, ''},
  HDEL = {'HDEL', nothing, ''},
  ZREM = {'ZREM', nothing, ''},
  EXPIRE = {'EXPIRE', nothing, 1},
  UNLINK = {'UNLINK', nothing},
}
local function check_allowed(...)
  for _, command in ipairs({...}) do call(unpack(UNDOES[command])) end
end

-- The writes. The last command of a script can be an UNLINK, which is not undone.

local function set_field(key, field, value)
  local before = call('HGET', key, field)
  call('HSET', key, field, value)
  undo[#undo + 1] = before and {'HSET', key, field, before} or {'HDEL', key, field}
end

-- Counts a write to the Metrica; `before` is the number so far.
local function count_write(before)
  call('HINCRBY', KEYS[1], 'writes', 1)
  undo[#undo + 1] = before and {'HINCRBY', KEYS[1], 'writes', -1} or {'HDEL', KEYS[1], 'writes'}
end

-- Returns the number of removed fields: 1 or 0.
local function remove_field(key, field)
  local before = call('HGET', key, field)
  if not before then return 0 end
  call('HDEL', key, field)
  undo[#undo + 1] = {'HSET', key, field, before}
  return 1
end

local function set_score(key, member, score)
  local before = call('ZSCORE', key, member)
  if before and tonumber(before) == tonumber(score) then return end
  call('ZADD', key, score, member)
  undo[#undo + 1] = before and {'ZADD', key, before, member} or {'ZREM', key, member}
end

local function remove_score(key, member)
  local before = call('ZSCORE', key, member)
  if not before then return end
  call('ZREM', key, member)
  undo[#undo + 1] = {'ZADD', key, before, member}
end

local function remove_member(key, member)
  if call('SREM', key, member) == 1 then undo[#undo + 1] = {'SADD', key, member} end
end

-- Sets a text that lives for so many seconds, or forever; `before` is the text that it replaces.
local function set_text(key, before, value, lives)
  if lives then call('SET', key, value, 'EX', lives) else call('SET', key, value) end
  undo[#undo + 1] = before and {'SET', key, before, 'KEEPTTL'} or {'UNLINK', key}
end

local function persist(key)
  local left = call('TTL', key)
  if call('PERSIST', key) == 1 then undo[#undo + 1] = {'EXPIRE', key, left} end
end

local function unlink(keys)
  for first = 1, #keys, 4000 do call('UNLINK', unpack(keys, first, math.min(first + 3999, #keys))) end
end

-- Changes cells by the arguments: new values, and fields to delete. Returns the number of deleted cells.
local function change_cells(totals, counts)
  -- A bucket that expired meanwhile must not be created again without its other cells.
  local exists = call('EXISTS', totals) == 1
  -- A hash that loses its last cell and gets it back keeps its time to live.
  for _, key in ipairs({totals, counts or nil}) do
    local left = call('TTL', key)
    if left > 0 then undo[#undo + 1] = {'EXPIRE', key, left} end
  end
  for _ = 1, tonumber(take()) do
    local field, total, count = take(), take(), counts and take()
    if exists then
      set_field(totals, field, total)
      if counts then set_field(counts, field, count) end
    end
  end
  local gone = 0
  for _ = 1, tonumber(take()) do
    local field = take()
    gone = gone + remove_field(totals, field)
    if counts then remove_field(counts, field) end
  end
  return gone
end

-- Calls a command on a key that is deleted afterwards. Returns nil if the key is of another type, which can be deleted as
-- well.
local function call_any_type(...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply) end
end

-- Returns the amount of a cell that is deleted afterwards: 0 if it does not exist or is not a number.
local function amount(key, point)
  return string.match(call_any_type('HGET', key, point) or '', '^%-?%d+$') or '0'
end

-- Removes the claims whose keys start with a prefix.
local function forget_claims(claims_key, expiring_key, prefix)
  for _, key in ipairs(call('HKEYS', claims_key)) do
    if string.sub(key, 1, #prefix) == prefix then
      remove_field(claims_key, key)
      remove_score(expiring_key, key)
    end
  end
end

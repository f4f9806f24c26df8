-- What the scripts that write share: each write with how it is undone, so that a script writes all or nothing.
--
-- Redis keeps what a script wrote before it failed. So each write notes here how it is undone: by a command, or by
-- a function that returns the first error it met. EXPIRE needs no undoing: it sets the same life again.
local undo = {}

-- Undoes every write, the last one first; returns the first error.
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

-- Calls the commands that undo others, on the key that never exists, where they change nothing: a user who may not
-- call one of them is refused before the first write. Memory is refused to the first command that writes only,
-- and only if it can take some, so a script that adds something begins with ZADD.
local nothing = KEYS[#KEYS]
local UNDOES = {
  ZADD = {'ZADD', nothing, 'XX', 0, ''},
  HDEL = {'HDEL', nothing, ''},
  ZREM = {'ZREM', nothing, ''},
  EXPIRE = {'EXPIRE', nothing, 1},
  UNLINK = {'UNLINK', nothing},
}
local function need(...)
  for _, command in ipairs({...}) do call(unpack(UNDOES[command])) end
end

-- The writes. What a script does last may be an UNLINK, which nothing undoes.

local function set_field(key, field, value)
  local before = call('HGET', key, field)
  call('HSET', key, field, value)
  undo[#undo + 1] = before and {'HSET', key, field, before} or {'HDEL', key, field}
end

-- Counts a change of the Metrica; `before` is how many there were.
local function count_write(before)
  call('HINCRBY', KEYS[1], 'writes', 1)
  undo[#undo + 1] = before and {'HINCRBY', KEYS[1], 'writes', -1} or {'HDEL', KEYS[1], 'writes'}
end

-- Returns how many fields there were: one or none.
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

-- Sets a text that lives for so many seconds, or for ever; `before` is the one it takes the place of.
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

-- Changes cells as the arguments say: those with new values, and those that go; tells how many went.
local function change(totals, counts)
  -- A bucket that expired meanwhile must not come back without its other cells.
  local is_there = call('EXISTS', totals) == 1
  -- One that loses its last cell and gets it back lives on for as long as before.
  for _, key in ipairs({totals, counts or nil}) do
    local left = call('TTL', key)
    if left > 0 then undo[#undo + 1] = {'EXPIRE', key, left} end
  end
  for _ = 1, tonumber(take()) do
    local field, total, count = take(), take(), counts and take()
    if is_there then
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

-- Calls a command on what is to be deleted; returns nothing where the key holds something else, which can be deleted
-- too.
local function ask(...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then error(reply) end
end

-- The amount of a cell that is to be deleted: 0 where there is none, and where it is not a number.
local function amount(key, point)
  return string.match(ask('HGET', key, point) or '', '^%-?%d+$') or '0'
end

-- Removes the claims whose keys begin so.
local function forget_claims(claims_key, expiring_key, prefix)
  for _, key in ipairs(call('HKEYS', claims_key)) do
    if string.sub(key, 1, #prefix) == prefix then
      remove_field(claims_key, key)
      remove_score(expiring_key, key)
    end
  end
end

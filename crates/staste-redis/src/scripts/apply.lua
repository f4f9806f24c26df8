-- Adds a batch to its cells, all of it or nothing.
--
-- KEYS: meta, mark, claims, expiring claims, then the totals of each bucket, and its counts if the Metrica is averaged.
local time = call('TIME')[1]
-- A writer whose clock is far ahead of the server plans again by the time of the server: nothing expires because of a
-- single wrong clock.
local earliest = take()
if earliest ~= '' and tonumber(time) < tonumber(earliest) then return {'ahead', time} end
local repeated, sequence, now, claims, mark = check_repeated(KEYS[2], KEYS[3])
if repeated then return {repeated} end
local mark_ttl = take()

-- The client plans again if what it knew is not true any more.
local generation, version, next, writes = take(), take(), take(), take()
local row = read_meta()
if not row[1] then return {'gone'} end
local behind = row[1] ~= generation or row[2] ~= version or row[3] ~= next
if writes ~= '' and row[4] ~= writes then behind = true end
local marks = {}
for scale = 1, 6 do
  marks[scale] = take()
  if row[4 + scale] and tonumber(row[4 + scale]) > tonumber(marks[scale]) then behind = true end
end
if behind then return {'behind', state(row, generation, version, next)} end
if row[11] and tonumber(row[11]) > tonumber(time) then return {'held'} end
local ever, limit = take(), take()
if limit ~= '' and call('HLEN', ever) > tonumber(limit) then return {'full'} end

local averaged, room = take() == '1', take()
room = room ~= '' and tonumber(room)
local width = averaged and 3 or 2
local lists = {}
for list = 1, tonumber(take()) do
  local cells = tonumber(take())
  lists[list] = {first = at + 1, cells = cells}
  at = at + cells * width
end
local buckets = {}
for bucket = 1, tonumber(take()) do
  buckets[bucket] = {list = lists[tonumber(take())], scale = take(), start = take(), ttl = take(), counts_ttl = take()}
end

-- Sets of choices, by axis and depth, to which other programs add as well.
local levels = {}
for level = 1, tonumber(take()) do
  local root, depth, cap, sets = take(), tonumber(take()), tonumber(take()), {}
  levels[level] = {root = root, depth = depth, cap = cap, sets = sets}
  for set = 1, tonumber(take()) do
    local key, members = take(), tonumber(take())
    sets[set] = {key = key, members = members, first = at + 1}
    at = at + members
  end
end

-- Returns the number of choices so deep below a path.
local function count_choices(root, path, depth)
  if depth == 1 then return call('SCARD', path) end
  local found = 0
  for _, member in ipairs(call('SMEMBERS', path)) do
    found = found + count_choices(root, path .. (path == root and ':' or '/') .. member, depth - 1)
  end
  return found
end

-- Returns true if the batch would add more choices than the cap allows.
local function exceeds_cap(level)
  local new = 0
  for _, set in ipairs(level.sets) do
    local members = call('SCARD', set.key)
    if level.cap and (level.depth > 1 or members + set.members > level.cap) then
      for position = set.first, set.first + set.members - 1 do
        new = new + 1 - call('SISMEMBER', set.key, ARGV[position])
      end
    end
  end
  return new > 0 and count_choices(level.root, level.root, level.depth) + new > level.cap
end

for _, level in ipairs(levels) do
  if exceeds_cap(level) then return {'over_cap'} end
end

local function keys_of(bucket)
  if averaged then return KEYS[3 + 2 * bucket], KEYS[4 + 2 * bucket] end
  return KEYS[4 + bucket]
end

local function negated(text)
  if text == '0' then return text end
  return string.sub(text, 1, 1) == '-' and string.sub(text, 2) or '-' .. text
end

-- Subtracts what was added up to this cell of this bucket; of the cell itself the total, and the count if `counted` is
-- true. An error in one hash does not stop the others.
local function take_back(last_bucket, last_cell, counted)
  local failed
  local function try(...)
    local reply = redis.pcall(...)
    if type(reply) ~= 'table' then return reply end
    failed = failed or reply
  end
  for bucket = last_bucket, 1, -1 do
    local totals, counts = keys_of(bucket)
    local list = buckets[bucket].list
    for cell = (bucket == last_bucket and last_cell or list.cells), 1, -1 do
      local position = list.first + (cell - 1) * width
      local is_last = bucket == last_bucket and cell == last_cell
      local left = try('HINCRBY', totals, ARGV[position], negated(ARGV[position + 1]))
      if counts and (counted or not is_last) then
        left = try('HINCRBY', counts, ARGV[position], negated(ARGV[position + 2]))
      elseif counts then
        -- The count was not added if its hash is of another type.
        left = tonumber(redis.pcall('HGET', counts, ARGV[position]) or 0) or left
      end
      if left == 0 then
        try('HDEL', totals, ARGV[position])
        if counts then redis.pcall('HDEL', counts, ARGV[position]) end
      end
    end
  end
  return failed
end

local function can_take_back(bucket, cell, counted)
  undo[#undo + 1] = function() return take_back(bucket, cell, counted) end
end

local function overflow()
  local failure = roll_back()
  if failure then error({err = failure}) end
  return {'overflow'}
end

local function refused(text, key)
  if string.find(text, 'would overflow', 1, true) then return overflow() end
  error({err = text .. ' (HINCRBY ' .. key .. ')'})
end

check_allowed('ZADD', 'HDEL', 'ZREM', 'UNLINK')
for bucket = 1, #buckets do
  local totals, counts = keys_of(bucket)
  local list = buckets[bucket].list
  for cell = 1, list.cells do
    local position = list.first + (cell - 1) * width
    local sum = redis.pcall('HINCRBY', totals, ARGV[position], ARGV[position + 1])
    if type(sum) == 'table' then
      if cell > 1 then can_take_back(bucket, cell - 1, true)
      elseif bucket > 1 then can_take_back(bucket - 1, buckets[bucket - 1].list.cells, true) end
      return refused(sum.err, totals)
    end
    if room and (sum > room or sum < -room) then
      can_take_back(bucket, cell, false)
      return overflow()
    end
    if counts then
      local count = redis.pcall('HINCRBY', counts, ARGV[position], ARGV[position + 2])
      if type(count) == 'table' then
        can_take_back(bucket, cell, false)
        return refused(count.err, counts)
      end
    end
  end
end
if #buckets > 0 then can_take_back(#buckets, buckets[#buckets].list.cells, true) end

count_write(row[4])
for scale = 1, 6 do
  if not row[4 + scale] or tonumber(marks[scale]) > tonumber(row[4 + scale]) then
    set_field(KEYS[1], 'from' .. (scale - 1), marks[scale])
  end
end
for _, bucket in ipairs(buckets) do
  if bucket.start ~= '' then
    set_score(base .. 'index:' .. bucket.scale, bucket.start, bucket.start)
  end
end
for bucket = 1, #buckets do
  if buckets[bucket].ttl ~= '' then
    local totals, counts = keys_of(bucket)
    call('EXPIRE', totals, buckets[bucket].ttl)
    if counts and buckets[bucket].counts_ttl ~= '' then
      call('EXPIRE', counts, buckets[bucket].counts_ttl)
    end
  end
end
local choices = tonumber(take())
-- New choices would hide that earlier ones are missing.
if choices > 0 then check_choices(row[3]) end
for _ = 1, choices do
  set_field(base .. 'choices:' .. take(), take(), take())
end
if choices > 0 then set_field(KEYS[1], 'next', take()) end
for _, claim in ipairs(claims) do
  local replaced = claim[4]
  if replaced ~= '' then
    remove_field(KEYS[3], replaced)
    remove_score(KEYS[4], replaced)
  end
end
for _, claim in ipairs(claims) do
  local key, value, expires = unpack(claim)
  set_field(KEYS[3], key, expires .. ':' .. value)
  if expires == '' then remove_score(KEYS[4], key) else set_score(KEYS[4], key, expires) end
end
set_text(KEYS[2], mark, sequence, mark_ttl)

-- Each batch deletes some of what has expired.
for _, key in ipairs(call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 64)) do
  remove_field(KEYS[3], key)
  remove_score(KEYS[4], key)
end
local expired = {}
for index, scale in ipairs(SCALES) do
  local starts = call('ZRANGEBYSCORE', base .. 'index:' .. scale, '-inf', '(' .. marks[index], 'LIMIT', 0, 16)
  for _, start in ipairs(starts) do
    remove_score(base .. 'index:' .. scale, start)
    expired[#expired + 1] = totals_key(scale, start)
    expired[#expired + 1] = counts_key(scale, start)
  end
end
-- It is not known which members are new, so that adding them cannot be undone. It cannot fail either: all keys were found
-- to be sets above.
for _, level in ipairs(levels) do
  for _, set in ipairs(level.sets) do
    local position, last = set.first, set.first + set.members - 1
    while position <= last do
      local upto = math.min(position + 3999, last)
      call('SADD', set.key, unpack(ARGV, position, upto))
      position = upto + 1
    end
  end
end
unlink(expired)
return {'applied', mark or '0', time}

-- Adds a batch to its cells: all of it or nothing.
--
-- KEYS: meta, mark, claims, expiring claims, then of each bucket its totals, and its counts when the
-- Metrica is averaged.
local repeated, sequence, now, claims, mark = once(KEYS[2], KEYS[3])
if repeated then return {repeated} end
local mark_lives = take()

-- The client planned with what it knew; when that is not so any more, it plans again.
local generation, version, next, writes = take(), take(), take(), take()
local row = look()
if not row[1] then return {'gone'} end
local behind = row[1] ~= generation or row[2] ~= version or row[3] ~= next
if writes ~= '' and row[4] ~= writes then behind = true end
local marks = {}
for scale = 1, 6 do
  marks[scale] = take()
  if row[4 + scale] and tonumber(row[4 + scale]) > tonumber(marks[scale]) then behind = true end
end
if behind then return {'behind', state(row, generation, version, next)} end
if row[11] and tonumber(row[11]) > tonumber(redis.call('TIME')[1]) then return {'held'} end
local ever, limit = take(), take()
if limit ~= '' and redis.call('HLEN', ever) > tonumber(limit) then return {'full'} end

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
  buckets[bucket] = {list = lists[tonumber(take())], scale = take(), start = take(), lives = take(), counts_live = take()}
end

-- Sets of choices, to which others may add without a word: by axis and depth. One that is a set and has
-- places can be added to in the end.
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

-- How many choices there are so deep below a place.
local function places(root, place, depth)
  if depth == 1 then return redis.call('SCARD', place) end
  local found = 0
  for _, member in ipairs(redis.call('SMEMBERS', place)) do
    found = found + places(root, place .. (place == root and ':' or '/') .. member, depth - 1)
  end
  return found
end

local function is_crowded(level)
  local new = 0
  for _, set in ipairs(level.sets) do
    local members = redis.call('SCARD', set.key)
    if level.cap and (level.depth > 1 or members + set.members > level.cap) then
      for position = set.first, set.first + set.members - 1 do
        new = new + 1 - redis.call('SISMEMBER', set.key, ARGV[position])
      end
    end
  end
  return new > 0 and places(level.root, level.root, level.depth) + new > level.cap
end

for _, level in ipairs(levels) do
  if is_crowded(level) then return {'crowded'} end
end

local function keys_of(bucket)
  if averaged then return KEYS[3 + 2 * bucket], KEYS[4 + 2 * bucket] end
  return KEYS[4 + bucket]
end

local function negated(text)
  if text == '0' then return text end
  return string.sub(text, 1, 1) == '-' and string.sub(text, 2) or '-' .. text
end

-- Takes back what was added up to this cell of this bucket; of the cell itself the total, and the
-- count as far as `counted` says. A script does not roll back what it wrote.
local function undo(last_bucket, last_cell, counted)
  for bucket = last_bucket, 1, -1 do
    local totals, counts = keys_of(bucket)
    local list = buckets[bucket].list
    for cell = (bucket == last_bucket and last_cell or list.cells), 1, -1 do
      local position = list.first + (cell - 1) * width
      local is_last = bucket == last_bucket and cell == last_cell
      -- Whatever is wrong with one hash, the others are mended.
      local total = redis.pcall('HINCRBY', totals, ARGV[position], negated(ARGV[position + 1]))
      local left = total
      if counts and (counted or not is_last) then
        left = redis.pcall('HINCRBY', counts, ARGV[position], negated(ARGV[position + 2]))
      elseif counts then
        left = tonumber(redis.pcall('HGET', counts, ARGV[position]) or 0) or total
      end
      if left == 0 then
        redis.pcall('HDEL', totals, ARGV[position])
        if counts then redis.pcall('HDEL', counts, ARGV[position]) end
      end
    end
  end
end

local function refusal(error)
  if string.find(error, 'would overflow', 1, true) then return {'overflow'} end
  return {'failed', error}
end

for bucket = 1, #buckets do
  local totals, counts = keys_of(bucket)
  local list = buckets[bucket].list
  for cell = 1, list.cells do
    local position = list.first + (cell - 1) * width
    local sum = redis.pcall('HINCRBY', totals, ARGV[position], ARGV[position + 1])
    if type(sum) == 'table' then
      if cell > 1 then undo(bucket, cell - 1, true)
      elseif bucket > 1 then undo(bucket - 1, buckets[bucket - 1].list.cells, true) end
      return refusal(sum.err)
    end
    if room and (sum > room or sum < -room) then
      undo(bucket, cell, false)
      return {'overflow'}
    end
    if counts then
      local count = redis.pcall('HINCRBY', counts, ARGV[position], ARGV[position + 2])
      if type(count) == 'table' then
        undo(bucket, cell, false)
        return refusal(count.err)
      end
    end
  end
end

-- What follows cannot fail: memory was granted with the first write.
redis.call('HINCRBY', KEYS[1], 'writes', 1)
for scale = 1, 6 do
  if not row[4 + scale] or tonumber(marks[scale]) > tonumber(row[4 + scale]) then
    redis.call('HSET', KEYS[1], 'from' .. (scale - 1), marks[scale])
  end
end
for _, bucket in ipairs(buckets) do
  if bucket.start ~= '' then
    redis.call('ZADD', base .. 'index:' .. bucket.scale, bucket.start, bucket.start)
  end
end
for bucket = 1, #buckets do
  if buckets[bucket].lives ~= '' then
    local totals, counts = keys_of(bucket)
    redis.call('EXPIRE', totals, buckets[bucket].lives)
    if counts and buckets[bucket].counts_live ~= '' then
      redis.call('EXPIRE', counts, buckets[bucket].counts_live)
    end
  end
end
local choices = tonumber(take())
for _ = 1, choices do
  redis.call('HSET', base .. 'choices:' .. take(), take(), take())
end
if choices > 0 then redis.call('HSET', KEYS[1], 'next', take()) end
for _, level in ipairs(levels) do
  for _, set in ipairs(level.sets) do
    local position, last = set.first, set.first + set.members - 1
    while position <= last do
      local upto = math.min(position + 3999, last)
      redis.call('SADD', set.key, unpack(ARGV, position, upto))
      position = upto + 1
    end
  end
end
for _, claim in ipairs(claims) do
  local key, value, expires = unpack(claim)
  redis.call('HSET', KEYS[3], key, expires .. ':' .. value)
  if expires == '' then
    redis.call('ZREM', KEYS[4], key)
  else
    redis.call('ZADD', KEYS[4], expires, key)
  end
end
redis.call('SET', KEYS[2], sequence, 'EX', mark_lives)

-- Deleting is lazy: some of what expired goes with every batch.
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 64)) do
  redis.call('HDEL', KEYS[3], key)
  redis.call('ZREM', KEYS[4], key)
end
for index, scale in ipairs(SCALES) do
  local expired = redis.call('ZRANGEBYSCORE', base .. 'index:' .. scale, '-inf', '(' .. marks[index], 'LIMIT', 0, 16)
  for _, start in ipairs(expired) do
    redis.call('UNLINK', totals_key(scale, start), counts_key(scale, start))
    redis.call('ZREM', base .. 'index:' .. scale, start)
  end
end
return {'applied', mark}

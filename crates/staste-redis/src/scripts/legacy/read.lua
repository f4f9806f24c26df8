-- Returns the cells for a question under the original's keys, and the choices that it needs, from one consistent read.
--
-- KEYS: meta.
local _, own, changed = compare_state(false)
if changed then return changed end

local averaged = take() == '1'
local spans = {}
local function label()
  local parts = {}
  for depth = 1, 5 do parts[depth] = tonumber(take()) end
  return parts
end
for span = 1, tonumber(take()) do
  local depth = tonumber(take())
  spans[span] = {depth = depth, low = depth > 0 and label(), high = depth > 0 and label()}
end

-- The parts of fields to read, by axis: some are arguments, others are the members of a set.
local whole, most, count = take() == 'all', tonumber(take()), 1
local axes, members = {}, {}
for axis = 1, tonumber(take()) do
  local parts = {}
  for part = 1, tonumber(take()) do parts[part] = take() end
  local set, above = take(), take()
  members[axis] = {}
  if set ~= '' then
    members[axis] = call('SMEMBERS', set)
    local named = {}
    for _, part in ipairs(parts) do named[part] = true end
    for _, member in ipairs(members[axis]) do
      if not named[above .. member] then parts[#parts + 1] = above .. member end
    end
  end
  axes[axis] = parts
  count = count * #parts
end
if count > most then whole = true end

local fields
local function all_fields()
  if fields then return fields end
  fields = {''}
  for axis, parts in ipairs(axes) do
    local longer = {}
    for _, field in ipairs(fields) do
      for _, part in ipairs(parts) do longer[#longer + 1] = axis == 1 and part or field .. ':' .. part end
    end
    fields = longer
  end
  return fields
end

local function values(key)
  local all = all_fields()
  return values_at(key, all, 1, #all)
end

local buckets = {}
local function read(span, period, totals)
  local cells = call('HLEN', totals)
  if cells == 0 then return end
  local get, form = values, 'values'
  if whole or count > 2 * cells + 8 then
    get, form = function(key) return call('HGETALL', key) end, 'cells'
  end
  buckets[#buckets + 1] = {span, period, form, get(totals), averaged and get(totals .. ':__len__') or {}}
end
if whole or count > 0 then
  for index, span in ipairs(spans) do
    local function each(period, totals) read(index - 1, period, totals) end
    if span.depth == 0 then each('', ever) else each_bucket(span.depth, span.low, span.high, each) end
  end
end
return {'cells', own, members, buckets}

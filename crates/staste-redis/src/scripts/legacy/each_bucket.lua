-- Finds buckets under the original's keys, for which there is no index.
--
-- The original writes all scales with every kick, and coarser buckets live longer, so that a bucket exists only where those
-- around it do. The keys start with `legacy`, such as "staste:guests:".
local legacy, word_all, repeats_hours = take(), take(), take() == '1'
local ever = legacy .. word_all
local DEPTHS = {'year', 'month', 'day', 'hour', 'minute'}
local FIRST = {0, 1, 1, 0, 0}
local LAST = {9999, 12, 31, 23, 59}

-- Returns the numbers that periods so deep can have.
local function numbers(depth, from, to)
  local found = {}
  if depth > 1 then
    for number = from, to do found[#found + 1] = number end
    return found
  end
  for _, year in ipairs(call('SMEMBERS', legacy .. 'years')) do
    local number = tonumber(year)
    if number and string.format('%d', number) == year and number >= from and number <= to then
      found[#found + 1] = number
    end
  end
  table.sort(found)
  return found
end

-- Calls `each` with the period and the key of every bucket so deep, from the period `low` to the period `high`; nil is
-- unlimited.
local function each_bucket(target, low, high, each)
  local function descend(depth, above, low, high)
    local from, to = low and low[depth] or FIRST[depth], high and high[depth] or LAST[depth]
    for _, number in ipairs(numbers(depth, from, to)) do
      local period = above .. DEPTHS[depth] .. ':' .. string.format('%d', number)
      local found = {}
      for _, name in ipairs(repeats_hours and depth < 5 and {period, period .. ':again'} or {period}) do
        if call('EXISTS', legacy .. name) == 1 then found[#found + 1] = name end
      end
      if depth == target then
        for _, name in ipairs(found) do each(name, legacy .. name) end
      elseif #found > 0 then
        -- Only the minutes of a repeated hour have keys of their own.
        for _, name in ipairs(depth == 4 and found or {period}) do
          descend(depth + 1, name .. ':', low and number == from and low, high and number == to and high)
        end
      end
    end
  end
  descend(1, '', low, high)
end

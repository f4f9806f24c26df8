-- What scripts on the original's keys share: finding buckets, of which there is no index.
--
-- The original writes all scales with every kick and lets a coarser one live longer, so that a bucket is only
-- where the ones around it are. The keys begin with `seed`, such as "staste:guests:".
local seed, word_all, folds = take(), take(), take() == '1'
local ever = seed .. word_all
local DEPTHS = {'year', 'month', 'day', 'hour', 'minute'}
local FIRST = {0, 1, 1, 0, 0}
local LAST = {9999, 12, 31, 23, 59}

local function numbers(depth, from, to)
  local found = {}
  if depth > 1 then
    for number = from, to do found[#found + 1] = number end
    return found
  end
  for _, year in ipairs(call('SMEMBERS', seed .. 'years')) do
    local number = tonumber(year)
    if number and string.format('%d', number) == year and number >= from and number <= to then
      found[#found + 1] = number
    end
  end
  table.sort(found)
  return found
end

-- Calls `each` with the period and the key of every bucket so deep, from the label `low` to the label `high`;
-- none is open.
local function walk(target, low, high, each)
  local function descend(depth, above, low, high)
    local from, to = low and low[depth] or FIRST[depth], high and high[depth] or LAST[depth]
    for _, number in ipairs(numbers(depth, from, to)) do
      local period = above .. DEPTHS[depth] .. ':' .. string.format('%d', number)
      local there = {}
      for _, name in ipairs(folds and depth < 5 and {period, period .. ':again'} or {period}) do
        if call('EXISTS', seed .. name) == 1 then there[#there + 1] = name end
      end
      if depth == target then
        for _, name in ipairs(there) do each(name, seed .. name) end
      elseif #there > 0 then
        -- Only the minutes of a repeated hour lie in its own key.
        for _, name in ipairs(depth == 4 and there or {period}) do
          descend(depth + 1, name .. ':', low and number == from and low, high and number == to and high)
        end
      end
    end
  end
  descend(1, '', low, high)
end

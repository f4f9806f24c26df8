-- Returns the cells for a question, from one consistent read.
--
-- KEYS: meta.
local row, own, changed = compare_state(false)
if changed then return changed end

local averaged, below_marks = take() == '1', take() == '1'
local spans = {}
for span = 1, tonumber(take()) do
  spans[span] = {index = tonumber(take()), from = take(), to = take()}
end
-- The number of points to read, or 'all'.
local points = take()
local first, last = at + 1, 0
if points ~= 'all' then last = at + tonumber(points) end

local function values(key) return values_at(key, ARGV, first, last) end

local buckets = {}
local function read(totals, counts, start)
  local cells = call('HLEN', totals)
  if cells == 0 then return end
  local get, form = values, 'values'
  if points == 'all' or last - first + 1 > 2 * cells + 8 then
    get, form = function(key) return call('HGETALL', key) end, 'cells'
  end
  buckets[#buckets + 1] = {start, form, get(totals), averaged and get(counts) or {}}
end

for _, span in ipairs(spans) do
  local scale = SCALES[span.index + 1]
  if scale then
    -- Only a repair reads below the watermark, where buckets may or may not be deleted yet.
    local from, mark = span.from, row[5 + span.index]
    if mark and not below_marks and tonumber(mark) > tonumber(from) then from = mark end
    for _, start in ipairs(call('ZRANGEBYSCORE', base .. 'index:' .. scale, from, '(' .. span.to)) do
      read(totals_key(scale, start), counts_key(scale, start), start)
    end
  else
    read(base .. 'ever', base .. 'ever:n', '')
  end
end
return {'cells', own, buckets}

-- The cells of a question, from one consistent look.
--
-- KEYS: meta.
local generation, version, next = take(), take(), take()
local row = look()
if not row[1] then return {'gone'} end
local own = state(row, generation, version, next)
if row[1] ~= generation or row[2] ~= version then return {'behind', own} end

local averaged, below_marks = take() == '1', take() == '1'
local spans = {}
for span = 1, tonumber(take()) do
  spans[span] = {index = tonumber(take()), from = take(), to = take()}
end
-- The points wanted, or 'all'.
local wanted = take()
local first, last = at + 1, 0
if wanted ~= 'all' then last = at + tonumber(wanted) end

local function values(key) return values_at(key, ARGV, first, last) end

local buckets = {}
local function read(totals, counts, start)
  local cells = call('HLEN', totals)
  if cells == 0 then return end
  local ask, form = values, 'values'
  if wanted == 'all' or last - first + 1 > 2 * cells + 8 then
    ask, form = function(key) return call('HGETALL', key) end, 'cells'
  end
  buckets[#buckets + 1] = {start, form, ask(totals), averaged and ask(counts) or {}}
end

for _, span in ipairs(spans) do
  local scale = SCALES[span.index + 1]
  if scale then
    -- Nothing below the watermark is read, whether it was deleted yet or not, but for a repair.
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

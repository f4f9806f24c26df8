-- Returns the faults of a Metrica: missing parts and invalid values.
--
-- KEYS: meta.
local definition = base .. 'definition'
local parts = {definition, base .. 'ever', base .. 'ever:n'}
for _, scale in ipairs(SCALES) do parts[#parts + 1] = base .. 'index:' .. scale end
for axis = 0, tonumber(take()) - 1 do parts[#parts + 1] = base .. 'choices:' .. axis end

-- Returns a key besides meta that exists; nil if none does.
local function find_part()
  for _, key in ipairs(parts) do
    if call('EXISTS', key) == 1 then return key end
  end
end

local faults = {}
local function note(fault) faults[#faults + 1] = fault end

-- Calls a function that fails if a key is of another type; that is noted, and nil returned.
local function note_type(key, what, ...)
  local is_done, reply = pcall(what, ...)
  if is_done then return reply end
  local text = type(reply) == 'table' and reply.err or tostring(reply)
  if not string.find(text, 'WRONGTYPE', 1, true) then error({err = text}) end
  note(key .. ' is of another type')
end

local row = note_type(KEYS[1], call, 'HMGET', KEYS[1], unpack(FIELDS))
local other = find_part()
if row and not row[1] then
  if not other and call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
  note('half a Metrica is left: ' .. KEYS[1] .. ' is missing' .. (other and ', while ' .. other .. ' exists' or ''))
end
local text = note_type(definition, call, 'GET', definition)
if not text and #faults == 0 then
  note('half a Metrica is left: ' .. definition .. ' is missing, while ' .. KEYS[1] .. ' exists')
end
if row and row[1] then
  local fault = fault_of_meta(row)
  if fault then
    note(fault)
  else
    local axis = 0
    for next in string.gmatch(row[3], '%d+') do
      local key = base .. 'choices:' .. axis
      local fault = note_type(key, fault_of_choices, axis, next)
      if fault then note(fault) end
      axis = axis + 1
    end
  end
end
for _, key in ipairs({base .. 'ever', base .. 'ever:n'}) do note_type(key, call, 'HLEN', key) end
for _, scale in ipairs(SCALES) do note_type(base .. 'index:' .. scale, call, 'ZCARD', base .. 'index:' .. scale) end
return {'there', row and row[1] or '', text or '', faults}

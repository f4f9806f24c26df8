-- The state of a Metrica; for a batch, first whether it is a repeat.
--
-- KEYS: meta, or meta, mark and claims.
local repeated = KEYS[3] and once(KEYS[2], KEYS[3])
if repeated then return {repeated} end
local generation, version, next = take(), take(), take()
local row = look()
if not row[1] then return {'gone'} end
return {'state', state(row, generation, version, next)}

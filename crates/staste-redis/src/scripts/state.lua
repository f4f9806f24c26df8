-- Returns the state of a Metrica; for a batch first whether it is repeated.
--
-- KEYS: meta, or meta, mark and claims.
local repeated = KEYS[3] and check_repeated(KEYS[2], KEYS[3])
if repeated then return {repeated} end
local generation, version, next = take(), take(), take()
local row = read_meta()
if not row[1] then return {'gone'} end
return {'state', state(row, generation, version, next)}

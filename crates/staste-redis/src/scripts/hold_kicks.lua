-- Holds kicks back for so many seconds, while an erasure is planned.
--
-- KEYS: meta.
if call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
call('HSET', KEYS[1], 'held', string.format('%.0f', tonumber(call('TIME')[1]) + tonumber(take())))
return {'held'}

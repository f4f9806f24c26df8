-- Writes a record of a Metrica. It never expires, even if it replaces a claim that does.
--
-- KEYS: meta, claims, expiring claims.
local key, value = take(), take()
check_allowed('ZADD', 'HDEL')
remove_score(KEYS[3], key)
set_field(KEYS[2], key, value)
return {'written'}

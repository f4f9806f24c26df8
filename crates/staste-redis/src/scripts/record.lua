-- Writes a record of a Metrica. It never expires, whatever claim it takes the place of.
--
-- KEYS: meta, claims, expiring claims.
local key, value = take(), take()
need('ZADD', 'HDEL')
remove_score(KEYS[3], key)
set_field(KEYS[2], key, value)
return {'written'}

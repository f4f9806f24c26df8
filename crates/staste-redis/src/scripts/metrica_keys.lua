-- Returns one page of the keys of the server that start like those of the Metrica.
--
-- KEYS: meta.
return call('SCAN', take(), 'MATCH', take(), 'COUNT', 1000)

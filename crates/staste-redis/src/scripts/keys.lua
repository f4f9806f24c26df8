-- One step through the keys of the server, for those that begin like those of the Metrica.
--
-- KEYS: meta.
return call('SCAN', take(), 'MATCH', take(), 'COUNT', 1000)

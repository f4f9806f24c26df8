-- Runs a script. On an error everything it wrote is undone.
local is_done, reply = pcall(run)
if is_done then return reply end
local text = type(reply) == 'table' and reply.err or tostring(reply)
local failure = roll_back and roll_back()
if failure then text = text .. '; what was written before could not be undone: ' .. failure end
return {err = text}

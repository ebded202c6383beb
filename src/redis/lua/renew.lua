-- renew.lua: the holder says that it is alive.
--
-- KEYS  1 state hash
-- ARGV  1 owner   2 slot   3 rank   4 lease (ms)
--
-- Answers an array of strings:
--   held   now    the lease now ends at now + lease
--   lost   now    it ran out, or is somebody else's

local field = 'lease:' .. ARGV[3] .. ':' .. ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local ends, owner, node = string.match(redis.call('HGET', KEYS[1], field) or '', '^(%d+) (%S+) (.*)$')
if owner ~= ARGV[1] or tonumber(ends) <= now then
  return { 'lost', string.format('%.0f', now) }
end
redis.call('HSET', KEYS[1], field, string.format('%.0f', now + tonumber(ARGV[4])) .. ' ' .. owner .. ' ' .. node)
return { 'held', string.format('%.0f', now) }

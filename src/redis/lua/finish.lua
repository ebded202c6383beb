-- finish.lua: the holder records how its run ended and gives the lease up. The slot stays claimed.
--
-- KEYS  1 run hash   2 state hash
-- ARGV  1 owner   2 slot   3 rank   4 state (done | failed | aborted)   5 exit code
--
-- Answers an array of strings:
--   recorded  now
--   foreign   now    the run is not, or no longer, this owner's

local owner, slot, rank = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local field = 'lease:' .. rank .. ':' .. slot

local holder = string.match(redis.call('HGET', KEYS[2], field) or '', '^%d+ (%S+) ')
local recorded = redis.call('HGET', KEYS[1], 'owner:' .. rank)
if recorded == owner then
  redis.call('HSET', KEYS[1], 'state:' .. rank, ARGV[4], 'exit:' .. rank, ARGV[5], 'ended:' .. rank, now)
elseif recorded or holder ~= owner then
  return { 'foreign', now }
end
-- A run longer than the retention has outlived its record, which is not written anew: it would
-- have no expiry.
if holder == owner then
  redis.call('HDEL', KEYS[2], field)
end
return { 'recorded', now }

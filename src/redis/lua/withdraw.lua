-- withdraw.lua: a bidder takes its vote back, because no majority gave it theirs. What is confirmed stays.
--
-- KEYS  1 slot counter   2 run hash   3 state hash   4 history stream
-- ARGV  1 owner   2 slot
--
-- Answers an array of strings:
--   recorded  now
--   foreign   now    there is no vote of this owner

local run_key, state_key = KEYS[2], KEYS[3]
local owner, slot = ARGV[1], ARGV[2]

local rank = redis.call('HGET', run_key, 'rank:' .. owner)
if not rank then
  return answer('foreign')
end
local run = redis.call('HMGET', run_key, 'owner:' .. rank, 'state:' .. rank, 'was:' .. rank,
  'turn:' .. rank, 'attempt:' .. rank)
if run[1] ~= owner or run[2] ~= 'voted' then
  return answer('foreign')
end

redis.call('HDEL', state_key, lease_field(rank, slot))
redis.call('HDEL', run_key, 'rank:' .. owner, 'was:' .. rank)
-- What a standby wanted to take over is as it was before.
local state, before = string.match(run[3] or '', '^(%S+) (%S+)$')
if state then
  redis.call('HSET', run_key, 'state:' .. rank, state, 'owner:' .. rank, before,
    'turn:' .. rank, text(tonumber(run[4]) - 1), 'attempt:' .. rank, text(tonumber(run[5]) - 1))
else
  redis.call('HSET', run_key, 'state:' .. rank, 'withdrawn')
  redis.call('HDEL', run_key, 'owner:' .. rank, 'node:' .. rank, 'at:' .. rank)
end
return answer('recorded')

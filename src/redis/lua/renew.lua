-- renew.lua: the holder says that it is alive. A Redis that lost the run is told of it again; one of
-- several that has only voted for it is told that a majority did, and on which fence.
--
-- KEYS  1 slot counter   2 run hash   3 state hash   4 history stream
-- ARGV  1 owner   2 node   3 slot   4 rank   5 at ('' when not compared in time)   6 retain, ms
--       7 lease, ms   8 overlap   9 attempt   10 fence   11 started   12 command   13 version   14 turn
--      15 vouched    1 when a majority of several holds the run: then what this one knows is out of date,
--                    unless a lease is alive, else 0
--
-- Answers an array of strings:
--   held       now    the lease now ends at now + lease
--   restated   now    the same, and slot, run and fence had been forgotten
--   lost       now    it ran out, or is somebody else's

local slot_key, run_key, state_key = KEYS[1], KEYS[2], KEYS[3]
local owner, node, slot, rank = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, retain, lease, overlap = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local vouched = ARGV[15] == '1'
local mine = {
  ends = now + lease, owner = owner, attempt = ARGV[9], fence = ARGV[10], started = ARGV[11],
  command = ARGV[12], version = ARGV[13], node = node,
}

local state = redis.call('HGETALL', state_key)
local known = {}
for i = 1, #state, 2 do
  known[state[i]] = state[i + 1]
end

local held = parse_lease(known[lease_field(rank, slot)])
if held and (held.alive or not vouched) then
  if held.owner ~= owner or not held.alive then
    return answer('lost')
  end
  local is_voted = redis.call('HGET', run_key, 'state:' .. rank) == 'voted'
  -- Sent before the answer to a retry was heard: the next attempt stays, and lives on.
  if not is_voted and tonumber(held.fence) > tonumber(mine.fence) then
    held.ends = mine.ends
    mine = held
  end
  write_lease(state_key, rank, slot, mine)
  if is_voted or held.fence ~= mine.fence then
    redis.call('HSET', run_key, 'state:' .. rank, 'running', 'fence:' .. rank, mine.fence,
      'attempt:' .. rank, mine.attempt, 'turn:' .. rank, ARGV[14], 'started:' .. rank, mine.started)
    redis.call('HDEL', run_key, 'was:' .. rank)
    raise_fence(state_key, known.fence, mine.fence)
  end
  -- A run that outlives the retention is not forgotten while it is alive.
  redis.call('PEXPIRE', slot_key, retain)
  redis.call('PEXPIRE', run_key, retain)
  return answer('held')
end

-- A fence never falls, so that one below ours tells that data was lost; a run hash that was stated
-- again by another winner of the slot tells the same.
local run = redis.call('HMGET', run_key, 'owner:' .. rank, 'restated')
local forgotten = tonumber(known.fence or '0') < tonumber(mine.fence) or run[2]
if not vouched and (run[1] or not forgotten) then
  return answer('lost')
end
for field, value in pairs(known) do
  local other = string.match(field, '^lease:%d+:(.+)$')
  local lease_there = other and other ~= slot and parse_lease(value)
  if lease_there and lease_there.alive and overlap ~= 'allow' then
    return answer('lost')
  end
end

redis.call('HSET', run_key, 'rank:' .. owner, rank, 'owner:' .. rank, owner, 'node:' .. rank, node,
  'at:' .. rank, mine.started, 'started:' .. rank, mine.started, 'state:' .. rank, 'running',
  'attempt:' .. rank, mine.attempt, 'turn:' .. rank, ARGV[14], 'fence:' .. rank, mine.fence,
  'command:' .. rank, mine.command, 'version:' .. rank, mine.version,
  'restated', 1)
redis.call('HDEL', run_key, 'was:' .. rank)
redis.call('PEXPIRE', run_key, retain)
if tonumber(redis.call('GET', slot_key) or '0') < tonumber(rank) then
  redis.call('SET', slot_key, rank, 'PX', retain)
end
if at and at > tonumber(known.watermark or '-1') then
  redis.call('HSET', state_key, 'watermark', text(at))
end
raise_fence(state_key, known.fence, mine.fence)
write_lease(state_key, rank, slot, mine)
return answer('restated')

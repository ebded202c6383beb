-- claim.lua: one node bids for one slot. Counter, expiry, winner, lease and fence are set together.
--
-- KEYS  1 slot counter   2 run hash   3 state hash
-- ARGV  1 owner          random id of the invocation
--       2 node           its name, for people
--       3 slot           the slot's id
--       4 at             its instant, ms since the epoch; '' when it is not compared in time
--       5 early, 6 late  how far before and after `at` a claim is taken, ms
--       7 winners        how many nodes may run the slot
--       8 retain         how long the slot's keys are kept, ms
--       9 lease          ms
--      10 overlap        skip | allow
--      11 again          1 when an earlier asking of this owner may have been counted, else 0
--
-- Answers an array of strings, the second always Redis TIME in ms:
--   won         now  rank  fence  attempt
--   lost        now  rank|''  [node  claimed at  state  exit|'']
--   overlapped  now  slot  node        an earlier slot's run is alive
--   too-early   now
--   too-late    now

local slot_key, run_key, state_key = KEYS[1], KEYS[2], KEYS[3]
local owner, node, slot = ARGV[1], ARGV[2], ARGV[3]
local at, early, late = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local winners, retain, lease = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local overlap, again = ARGV[10], ARGV[11] == '1'

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_us = time[1] * 1000000 + time[2]

local function text(number)
  return string.format('%.0f', number)
end

local function answer(verdict, ...)
  return { verdict, text(now), ... }
end

local function lost(rank)
  local won = redis.call('HMGET', run_key, 'node:1', 'at:1', 'state:1', 'exit:1')
  if not won[1] then
    return answer('lost', rank)
  end
  return answer('lost', rank, won[1], won[2], won[3], won[4] or '')
end

-- Everything is read before anything is written: a key of the wrong type fails here, with nothing
-- done by halves.
local count = tonumber(redis.call('GET', slot_key) or '0')
if not count then
  return redis.error_reply('BADCOUNTER the slot counter does not hold a number')
end
local claimed = redis.call('HGET', run_key, 'rank:' .. owner)
local watermark, fence = unpack(redis.call('HMGET', state_key, 'watermark', 'fence'))
watermark = tonumber(watermark or '-1')
fence = tonumber(fence or '0')

-- The same owner again: its reply was lost on the wire. Same answer as the first time.
if claimed then
  local was = redis.call('HMGET', run_key, 'state:' .. claimed, 'fence:' .. claimed,
    'attempt:' .. claimed, 'by-slot:' .. claimed, 'by-node:' .. claimed, 'owner:' .. claimed)
  if was[1] == 'overlapped' then
    return answer('overlapped', was[4], was[5])
  end
  if was[6] == owner then
    return answer('won', claimed, was[2], was[3])
  end
  return lost(claimed)
end

-- One broken clock must not burn tomorrow's slot.
if at and at - now > early then
  return answer('too-early')
end
if at and now - at > late then
  return answer('too-late')
end

-- An asking that may have been counted is not counted twice once it cannot win.
if again and count >= winners then
  return lost('')
end

-- The counter can be evicted or expire; the watermark cannot. Whoever comes now is late.
if at and count == 0 and at <= watermark then
  return lost('')
end

local rank = count + 1
if rank > winners then
  return lost(text(redis.call('INCR', slot_key)))
end

-- A winner looks for an earlier slot's live run; leases of runs that died are swept out.
local earlier_slot, earlier_node
local state = redis.call('HGETALL', state_key)
for i = 1, #state, 2 do
  local lease_slot = string.match(state[i], '^lease:%d+:(.+)$')
  if lease_slot and lease_slot ~= slot then
    local ends, lease_node = string.match(state[i + 1], '^(%d+) %S+ (.*)$')
    if ends and tonumber(ends) > now then
      earlier_slot, earlier_node = lease_slot, lease_node
    else
      redis.call('HDEL', state_key, state[i])
    end
  end
end
local overlapped = earlier_slot and overlap == 'skip'
fence = math.max(fence + 1, now_us)

-- The counter is taken only after every other command has been allowed once: where an ACL forbids
-- one of them, the slot is not burned.
redis.call('HSET', run_key, 'rank:' .. owner, rank, 'owner:' .. rank, owner, 'node:' .. rank, node,
  'at:' .. rank, text(now), 'state:' .. rank, overlapped and 'overlapped' or 'running')
if overlapped then
  redis.call('HSET', run_key, 'by-slot:' .. rank, earlier_slot, 'by-node:' .. rank, earlier_node)
else
  redis.call('HSET', run_key, 'attempt:' .. rank, 1, 'fence:' .. rank, text(fence))
end
if rank == 1 then
  redis.call('PEXPIRE', run_key, retain)
end
if redis.call('INCR', slot_key) ~= rank then
  return redis.error_reply('BADCOUNTER the slot counter moved while it was held')
end
if rank == 1 then
  redis.call('PEXPIRE', slot_key, retain)
end
if at and at > watermark then
  redis.call('HSET', state_key, 'watermark', text(at))
end
if overlapped then
  return answer('overlapped', earlier_slot, earlier_node)
end
redis.call('HSET', state_key, 'fence', text(fence),
  'lease:' .. rank .. ':' .. slot, text(now + lease) .. ' ' .. owner .. ' ' .. node)
return answer('won', text(rank), text(fence), '1')

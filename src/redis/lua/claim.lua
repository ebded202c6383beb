-- claim.lua: one node bids for one slot. Counter, expiry, winner, lease and fence are set together.
--
-- One Redis of several (Redlock) is asked for its vote: the same, but the rank is only voted for until a
-- majority is found (confirmed by renew.lua, or taken back by withdraw.lua).
--
-- KEYS  1 slot counter   2 run hash   3 state hash   4 history stream   5 nodes
-- ARGV  1 owner          random id of the invocation
--       2 node           its name, for people
--       3 slot           the slot's id
--       4 at             its instant, ms since the epoch; '' when it is not compared in time
--       5 early, 6 late  how far before and after `at` a claim is taken, ms
--       7 winners        how many nodes may run the slot
--       8 retain         how long the slot's keys are kept, ms
--       9 lease          ms
--      10 overlap        skip | allow | wait
--      11 repeated       1 when an earlier asking of this owner may have been counted, else 0
--      12 command        digest of the command
--      13 version        of the caller
--      14 schedule       as it was given, encoded so that it holds no space; - when there is none
--      15 vote           how long a vote counts, ms; '' where this Redis decides alone
--      16 wanted         the rank that is voted for; '' for any that is free
--      17 shadow         1 when the bidder runs the job whatever it is answered, else 0
--
-- Answers an array of strings, the second always Redis TIME in ms:
--   won         now  rank  fence  attempt  turn  started  young|''      whether the job has hardly run yet
--   lost        now  rank|''  [node  claimed at  state  exit|'']
--   overlapped  now  slot  node              an earlier slot's run is alive; this slot is not run
--   waiting     now  rank  slot  node  ends in  newest event     the same; this owner may ask again
--   too-early   now
--   too-late    now

local slot_key, run_key, state_key, history_key, nodes_key = unpack(KEYS)
local owner, node, slot = ARGV[1], ARGV[2], ARGV[3]
local at, early, late = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local winners, retain, lease = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local overlap, repeated, command, version = ARGV[10], ARGV[11] == '1', ARGV[12], ARGV[13]
local schedule, vote, wanted, shadow = ARGV[14], tonumber(ARGV[15]), tonumber(ARGV[16]), ARGV[17] == '1'

-- Who belongs to the fleet, and what each of them means by the job; trimmed once per slot.
local NODES_KEPT = 7 * 24 * 3600 * 1000
local function seen()
  redis.call('ZADD', nodes_key, text(now), table.concat({ node, schedule, command, version }, ' '))
end

-- As many runs in the history, and the job is known to all who look for jobs.
local YOUNG = 3

local function is_held(rank)
  local held = parse_lease(redis.call('HGET', state_key, lease_field(rank, slot)))
  return held and held.alive
end

-- The winner that a loser is told of; before others one that is only voted for, and may yet fail.
local function winner_shown()
  for rank = wanted or 1, vote and (wanted or winners) or 1 do
    if redis.call('HGET', run_key, 'state:' .. rank) == 'voted' then
      return rank
    end
  end
  return wanted or 1
end

local function lost(number)
  local rank = winner_shown()
  local won = redis.call('HMGET', run_key, 'node:' .. rank, 'at:' .. rank, 'state:' .. rank,
    'exit:' .. rank)
  if not won[1] then
    return answer('lost', number)
  end
  redis.call('HSET', run_key, 'last', text(now))
  local state = won[3]
  if state == 'running' and not is_held(rank) then
    state = 'died'
  end
  return answer('lost', number, won[1], won[2], state, won[4] or '')
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
local is_young = redis.call('XLEN', history_key) < YOUNG
redis.call('ZCARD', nodes_key)

-- INCR decides. A vote that was withdrawn, or that nobody confirmed, leaves its rank to the next.
local function next_rank()
  if not vote then
    return count + 1
  end
  -- The record of those who bid is gone: who won is not known any more, but that is not nobody.
  if count > 0 and redis.call('EXISTS', run_key) == 0 then
    return winners + 1
  end
  for rank = wanted or 1, wanted or winners do
    local state = redis.call('HGET', run_key, 'state:' .. rank)
    if not state or state == 'withdrawn' or state == 'voted' and not is_held(rank) then
      return rank
    end
  end
  return winners + 1
end

-- The same owner again: its reply was lost on the wire. It has not begun, so that its lease counts
-- from now; where the lease has run out meanwhile, or it was waiting, it begins like anyone else, but is
-- not counted again.
if claimed then
  local was = redis.call('HMGET', run_key, 'owner:' .. claimed, 'state:' .. claimed,
    'by-slot:' .. claimed, 'by-node:' .. claimed)
  if was[1] == owner and was[2] == 'overlapped' then
    return answer('overlapped', was[3], was[4])
  elseif was[1] ~= owner or was[2] ~= 'running' and was[2] ~= 'voted' and was[2] ~= 'waiting' then
    return lost(claimed)
  end
  local length = was[2] == 'voted' and vote or lease
  local again = was[2] ~= 'waiting' and won_again(run_key, state_key, claimed, slot, owner, length)
  if again then
    return again
  end
end

local rank = tonumber(claimed) or next_rank()
if not claimed then
  seen()
  -- One broken clock must not burn tomorrow's slot.
  if at and at - now > early then
    return answer('too-early')
  end
  if at and now - at > late then
    return answer('too-late')
  end

  -- An asking that may have been counted is not counted twice once it cannot win.
  if repeated and rank > winners then
    return lost('')
  end

  -- The counter can be evicted or expire; the watermark cannot. Whoever comes now is late.
  if at and count == 0 and at <= watermark then
    return lost('')
  end

  -- Nor can the lease of a run that has outlived the counter.
  if count == 0 and is_held(1) then
    return lost('')
  end

  if rank > winners then
    return lost(text(redis.call('INCR', slot_key)))
  end
end

local earlier_slot, earlier = alive_elsewhere(state_key, history_key, slot)
local verdict = 'won'
if earlier and overlap ~= 'allow' then
  verdict = overlap == 'wait' and 'waiting' or 'overlapped'
end
local since = verdict == 'waiting' and newest(history_key)
fence = math.max(fence + 1, now_us)

-- The counter is taken only after every other command has been allowed once: where an ACL forbids one
-- of them, the slot is not burned. ZADD comes first of all, because a Redis out of memory refuses it, and
-- refuses nothing any more once a script has written.
local started = text(now)
if verdict == 'won' then
  redis.call('HSET', run_key, 'attempt:' .. rank, 1, 'turn:' .. rank, 1,
    'fence:' .. rank, text(fence), 'started:' .. rank, started)
else
  redis.call('HSET', run_key, 'by-slot:' .. rank, earlier_slot, 'by-node:' .. rank, earlier.node)
end
local state = verdict == 'won' and (vote and 'voted' or 'running') or verdict
redis.call('HSET', run_key, 'state:' .. rank, state)
if claimed then
  -- Who waits for long, or asks for long, must not be forgotten meanwhile.
  redis.call('PEXPIRE', run_key, retain)
  redis.call('PEXPIRE', slot_key, retain)
else
  redis.call('HSET', run_key, 'rank:' .. owner, rank, 'owner:' .. rank, owner, 'node:' .. rank, node,
    'at:' .. rank, text(now), 'last', text(now),
    'command:' .. rank, command, 'version:' .. rank, version)
  if count == 0 then
    redis.call('HSET', run_key, 'first', text(now))
    redis.call('PEXPIRE', run_key, retain)
    redis.call('ZREMRANGEBYSCORE', nodes_key, '-inf', text(now - NODES_KEPT))
  end
  redis.call('INCR', slot_key)
  if count == 0 then
    redis.call('PEXPIRE', slot_key, retain)
  end
  if at and at > watermark then
    redis.call('HSET', state_key, 'watermark', text(at))
  end
end

if verdict == 'waiting' then
  -- A standby takes the slot over from a waiter that is not heard of for the length of a lease.
  redis.call('HSET', run_key, 'until:' .. rank, text(now + lease))
  return answer('waiting', text(rank), earlier_slot, earlier.node, text(earlier.ends - now), since)
end
local run = {
  ends = now + (vote or lease), owner = owner, attempt = 1, fence = text(fence), started = started,
  command = command, version = version, node = node,
}
if verdict == 'overlapped' then
  -- In shadow nothing is skipped: the run tells at its end that it was overlapped (note-unlocked.lua).
  if not shadow then
    log(history_key, slot, rank, run, 'overlapped', 'by', earlier_slot)
  end
  return answer('overlapped', earlier_slot, earlier.node)
end
redis.call('HSET', state_key, 'fence', text(fence))
write_lease(state_key, rank, slot, run)
return answer('won', text(rank), text(fence), '1', '1', started, is_young and 'young' or '')

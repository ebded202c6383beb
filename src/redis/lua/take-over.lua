-- take-over.lua: a standby asks whether a run of its slot has been left by its winner, and takes it over.
--
-- One Redis of several (Redlock) is asked for its vote, as in claim.lua.
--
-- KEYS  1 slot counter   2 run hash   3 state hash   4 history stream
-- ARGV  1 owner   2 node   3 slot   4 winners   5 lease, ms   6 overlap
--       7 turns     how many nodes may run the slot under one rank, one after the other
--       8 command   9 version
--      10 vote      how long a vote counts, ms; '' where this Redis decides alone
--      11 wanted    the rank that is voted for; '' for any
--
-- Answers an array of strings:
--   won    now  rank  fence  attempt  turn  started
--   alive  now  ends in  newest event     a run is alive, and its lease ends in so many ms
--   unknown  now  lease  newest event     nothing is known of the slot
--   over   now  why                       ended | turns | overlapped: nothing is left to take over

local slot_key, run_key, state_key, history_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local owner, node, slot = ARGV[1], ARGV[2], ARGV[3]
local winners, lease, overlap, turns = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local vote, wanted = tonumber(ARGV[10]), tonumber(ARGV[11])

-- The same owner again: its reply was lost on the wire. It has not begun: its lease counts from now.
local claimed = redis.call('HGET', run_key, 'rank:' .. owner)
if claimed then
  local is_vote = redis.call('HGET', run_key, 'state:' .. claimed) == 'voted'
  local again = won_again(run_key, state_key, claimed, slot, owner, is_vote and vote or lease)
  if again then
    return again
  end
end

-- Redis has lost its data, or was never told: the holder may state its run again.
if redis.call('EXISTS', run_key) == 0 then
  return answer('unknown', text(lease), newest(history_key))
end

local ends, left, why, forgotten
for rank = wanted or 1, wanted or winners do
  local run = redis.call('HMGET', run_key, 'state:' .. rank, 'turn:' .. rank, 'until:' .. rank)
  local state, turn = run[1], tonumber(run[2] or '1')
  local held = parse_lease(redis.call('HGET', state_key, lease_field(rank, slot)))
  local alive_until = (state == 'running' or state == 'voted') and held and held.ends
    or state == 'waiting' and tonumber(run[3]) or 0
  if alive_until > now then
    ends = math.min(ends or alive_until, alive_until)
  elseif state == 'running' or state == 'voted' or state == 'waiting' or state == 'handed-back' then
    if turn < turns then
      left = left or rank
    else
      why = 'turns'
      if held then
        redis.call('HDEL', state_key, lease_field(rank, slot))
        log(history_key, slot, rank, held, 'died', 'noticed', text(now))
      end
    end
  elseif state == 'overlapped' then
    why = why or 'overlapped'
  elseif state == 'withdrawn' then
    forgotten = true
  end
end

if left and overlap ~= 'allow' then
  local earlier_slot, earlier = alive_elsewhere(state_key, history_key, slot)
  if earlier and overlap == 'wait' then
    return answer('alive', text(earlier.ends - now), newest(history_key))
  elseif earlier then
    left, why = nil, 'overlapped'
  end
end
if not left then
  if ends then
    return answer('alive', text(ends - now), newest(history_key))
  end
  -- All that is left of the slot is a vote that was taken back: whom the others elected is not known here.
  if forgotten and not why then
    return answer('unknown', text(lease), newest(history_key))
  end
  return answer('over', why or 'ended')
end

local field = lease_field(left, slot)
local died = parse_lease(redis.call('HGET', state_key, field))
if died then
  log(history_key, slot, left, died, 'died', 'noticed', text(now))
end
local run = redis.call('HMGET', run_key, 'attempt:' .. left, 'turn:' .. left, 'state:' .. left,
  'owner:' .. left)
local fence = math.max(tonumber(redis.call('HGET', state_key, 'fence') or '0') + 1, now_us)
local mine = {
  ends = now + (vote or lease), owner = owner, attempt = text(tonumber(run[1] or '0') + 1), fence = text(fence),
  started = text(now), command = ARGV[8], version = ARGV[9], node = node,
}
local turn = text(tonumber(run[2] or '0') + 1)
if vote and run[3] ~= 'voted' then
  redis.call('HSET', run_key, 'was:' .. left, run[3] .. ' ' .. run[4])
end
redis.call('HSET', run_key, 'rank:' .. owner, left, 'owner:' .. left, owner, 'node:' .. left, node,
  'state:' .. left, vote and 'voted' or 'running', 'attempt:' .. left, mine.attempt, 'turn:' .. left, turn,
  'fence:' .. left, mine.fence, 'started:' .. left, mine.started,
  'command:' .. left, mine.command, 'version:' .. left, mine.version)
redis.call('HDEL', run_key, 'exit:' .. left, 'ended:' .. left)
redis.call('HSET', state_key, 'fence', mine.fence)
write_lease(state_key, left, slot, mine)
return answer('won', text(left), mine.fence, mine.attempt, turn, mine.started)

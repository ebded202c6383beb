-- finish.lua: the holder tells how an attempt ended. The slot stays claimed. What follows is, by ARGV 5:
-- nothing (the lease is given up), a standby's turn (handed-back), or this owner's next attempt (again).
--
-- KEYS  1 slot counter   2 run hash   3 state hash   4 history stream
-- ARGV  1 owner   2 slot   3 rank   4 attempt
--       5 state (done | failed | aborted | overlapped | handed-back | again)   6 exit code
--       7 lease, ms   8 at ('' when not compared in time)
--       9 1 when the holder lost its lease meanwhile, else 0
--       10… name, value, …  what else the history is to say
--
-- Answers an array of strings:
--   recorded  now
--   won       now  rank  fence  attempt  turn  started      the next attempt of `again`
--   foreign   now    the run is not, or no longer, this owner's

local slot_key, run_key, state_key, history_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local owner, slot, rank, attempt, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local field = lease_field(rank, slot)

local run = redis.call('HMGET', run_key, 'owner:' .. rank, 'attempt:' .. rank, 'state:' .. rank,
  'fence:' .. rank, 'turn:' .. rank, 'started:' .. rank, 'node:' .. rank, 'first', 'last',
  'command:' .. rank, 'version:' .. rank)
local held = parse_lease(redis.call('HGET', state_key, field))
local is_held = held and held.owner == owner
-- A run longer than the retention has outlived its record, but not its lease.
if run[1] and run[1] ~= owner or not run[1] and not is_held then
  return answer('foreign')
end

-- The same question again: its reply was lost on the wire. The next attempt has not begun.
if state == 'again' and run[2] and tonumber(run[2]) == tonumber(attempt) + 1 then
  return won_again(run_key, state_key, rank, slot, owner, tonumber(ARGV[7])) or answer('foreign')
end
if run[3] == state then
  return answer('recorded')
end
if state == 'again' and not (is_held and held.alive and run[1]) then
  return answer('foreign')
end

local ended = held or {
  owner = owner, attempt = run[2] or attempt, fence = run[4] or '', started = run[6] or '',
  command = run[10] or '', version = run[11] or '', node = run[7] or '',
}
local more = { 'ended', text(now), 'exit', ARGV[6], 'bids', redis.call('GET', slot_key) or '' }
local at = tonumber(ARGV[8])
if at and run[8] then
  more[#more + 1] = 'first'
  more[#more + 1] = text(tonumber(run[8]) - at)
  more[#more + 1] = 'last'
  more[#more + 1] = text(tonumber(run[9]) - at)
end
if ARGV[9] == '1' or state ~= 'overlapped' and not (is_held and held.alive) then
  more[#more + 1] = 'lease'
  more[#more + 1] = 'lost'
end
for i = 10, #ARGV do
  more[#more + 1] = ARGV[i]
end
log(history_key, slot, rank, ended, state == 'again' and 'failed' or state, unpack(more))

if state == 'again' then
  local fence = math.max(tonumber(redis.call('HGET', state_key, 'fence') or '0') + 1, now_us)
  held.ends = now + tonumber(ARGV[7])
  held.attempt, held.fence, held.started = text(tonumber(attempt) + 1), text(fence), text(now)
  redis.call('HSET', run_key, 'attempt:' .. rank, held.attempt, 'fence:' .. rank, held.fence,
    'started:' .. rank, held.started)
  redis.call('HSET', state_key, 'fence', held.fence)
  write_lease(state_key, rank, slot, held)
  return answer('won', rank, held.fence, held.attempt, run[5], held.started)
end

if run[1] then
  redis.call('HSET', run_key, 'state:' .. rank, state, 'exit:' .. rank, ARGV[6],
    'ended:' .. rank, text(now))
end
if is_held then
  redis.call('HDEL', state_key, field)
end
return answer('recorded')

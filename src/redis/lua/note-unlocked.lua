-- note-unlocked.lua: a node tells of a job that it runs, or has run, without a lock, because Redis could not
-- be asked. The slot is not claimed by it: counter, watermark, fence and other nodes' leases stay as they are.
--
-- KEYS  1 what this owner has told   2 run hash   3 state hash   4 history stream
-- ARGV  1 owner   2 node   3 slot   4 attempt   5 started, ms by the node's clock   6 command   7 version
--       8 state (unlocked: it has begun | done | failed)   9 retain, ms
--      10… name, value, …  what else the history is to say
--
-- An owner tells one thing after the other, so that it is enough to remember how far it has come: asked again,
-- because the reply was lost on the wire, nothing is written twice. A key of its own, with the retention: the
-- history may have gone on by a thousand entries, and a run hash would say that the slot was claimed.
--
-- Answers an array of strings:
--   recorded  now

local told_key, run_key, state_key, history_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local owner, slot, attempt, state = ARGV[1], ARGV[3], ARGV[4], ARGV[8]

local step = 2 * tonumber(attempt) + (state == 'unlocked' and 0 or 1)
if tonumber(redis.call('GET', told_key) or '0') >= step then
  return answer('recorded')
end

-- The claim whose answer was lost may have been counted. Nobody renews its lease, and the job is run all
-- the same: neither a standby nor a later slot is to take it for dead.
local rank = redis.call('HGET', run_key, 'rank:' .. owner)
local claim = rank and redis.call('HMGET', run_key, 'owner:' .. rank, 'state:' .. rank)
local is_ours = claim and claim[1] == owner and claim[2] ~= 'overlapped'
local field = is_ours and lease_field(rank, slot)
local held = field and parse_lease(redis.call('HGET', state_key, field))
redis.call('XLEN', history_key)

redis.call('SET', told_key, text(step), 'PX', ARGV[9])
if is_ours then
  redis.call('HSET', run_key, 'state:' .. rank, state)
  if held and held.owner == owner then
    redis.call('HDEL', state_key, field)
  end
end
local run = {
  node = ARGV[2], owner = owner, attempt = attempt, fence = '', started = ARGV[5],
  command = ARGV[6], version = ARGV[7],
}
log(history_key, slot, rank or '', run, state, 'unlocked', '1', unpack(ARGV, 10))
return answer('recorded')

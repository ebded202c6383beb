-- common.lua: what the scripts share; evaluate.ts puts it in front of each of them.
--
-- A lease is a field of the state hash:
--   lease:<rank>:<slot> = <ends> <owner> <attempt> <fence> <started> <command> <version> <node>
-- It says all that the history must know of a run whose winner died without a word. Times are ms
-- since the epoch by Redis TIME. No value holds a space; node comes last because it is the longest.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_us = time[1] * 1000000 + time[2]

-- As many entries as a job's history keeps, about.
local HISTORY = 1000

-- Lua writes large numbers as 1.7e+12.
local function text(number)
  return string.format('%.0f', number)
end

local function answer(word, ...)
  return { word, text(now), ... }
end

local function lease_field(rank, slot)
  return 'lease:' .. rank .. ':' .. slot
end

local LEASE = '^(%d+) (%S+) (%d+) (%d+) (%d+) (%S+) (%S+) (.*)$'

local function parse_lease(value)
  local ends, owner, attempt, fence, started, command, version, node = string.match(value or '', LEASE)
  if not ends then
    return nil
  end
  return {
    ends = tonumber(ends), owner = owner, attempt = attempt, fence = fence, started = started,
    command = command, version = version, node = node, alive = tonumber(ends) > now,
  }
end

local function write_lease(state_key, rank, slot, lease)
  redis.call('HSET', state_key, lease_field(rank, slot), table.concat({
    text(lease.ends), lease.owner, lease.attempt, lease.fence, lease.started, lease.command,
    lease.version, lease.node }, ' '))
end

-- A fence never falls.
local function raise_fence(state_key, known, fence)
  if tonumber(known or '0') < tonumber(fence) then
    redis.call('HSET', state_key, 'fence', fence)
  end
end

-- The answer to a winner that asks again, because it has not heard of it: it has not begun, so that its
-- lease counts from now, and its fence too where another run was given a higher one meanwhile. nil when
-- the lease has run out, or is somebody else's.
local function won_again(run_key, state_key, rank, slot, owner, length)
  local held = parse_lease(redis.call('HGET', state_key, lease_field(rank, slot)))
  if not held or held.owner ~= owner or not held.alive then
    return nil
  end
  local last = redis.call('HGET', state_key, 'fence')
  if last ~= held.fence then
    held.fence = text(math.max(tonumber(last or '0') + 1, now_us))
    redis.call('HSET', run_key, 'fence:' .. rank, held.fence)
    redis.call('HSET', state_key, 'fence', held.fence)
  end
  held.ends = now + length
  write_lease(state_key, rank, slot, held)
  local turn = redis.call('HGET', run_key, 'turn:' .. rank)
  return answer('won', rank, held.fence, held.attempt, turn, held.started)
end

-- What is told of each run, in this order; more fields follow by outcome.
local function log(history_key, slot, rank, run, outcome, ...)
  redis.call('XADD', history_key, 'MAXLEN', '~', HISTORY, '*', 'slot', slot, 'rank', rank,
    'node', run.node, 'owner', run.owner, 'attempt', run.attempt, 'fence', run.fence,
    'started', run.started, 'command', run.command, 'version', run.version,
    'outcome', outcome, ...)
end

-- The newest entry of the history, for a client that wants to be woken by the next one.
local function newest(history_key)
  local last = redis.call('XREVRANGE', history_key, '+', '-', 'COUNT', 1)
  return last[1] and last[1][1] or '0-0'
end

-- The live lease of another slot, if there is one. Leases that ran out are swept, and their runs
-- are recorded as died.
local function alive_elsewhere(state_key, history_key, slot)
  local found_slot, found
  local state = redis.call('HGETALL', state_key)
  for i = 1, #state, 2 do
    local rank, other = string.match(state[i], '^lease:(%d+):(.+)$')
    if rank and other ~= slot then
      local lease = parse_lease(state[i + 1])
      if lease and lease.alive then
        if not found or lease.ends > found.ends then
          found_slot, found = other, lease
        end
      else
        -- First out of the way, so that it is recorded at most once.
        redis.call('HDEL', state_key, state[i])
        if lease then
          log(history_key, other, rank, lease, 'died', 'noticed', text(now))
        end
      end
    end
  end
  return found_slot, found
end

"""The Lua of the job queue: each script is one atomic step. Pure."""

from storage.job_lua import HEAD

NAMES = ("SUBMIT", "CLAIM", "RENEW", "COMPLETE", "GIVE_BACK", "REAP", "CANCEL", "RETRY", "FORGET", "NOW", "SURVEY")

# ARGV: id, facts, tasks (JSON), a token when the one task is leased at once, milliseconds of that lease, by whom.
SUBMIT = (
    HEAD
    + """
local id, facts, tasks, token, ttl = ARGV[2], ARGV[3], cjson.decode(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local job = prefix .. id
if runs(job) then
  -- A machine holds an asset once by its own lock, so the same holder is one that was killed.
  local before = token ~= '' and task_of(job, 'local')
  if not (before and before.worker == ARGV[7]) then return 'there' end
end
redis.call('DEL', job)
redis.call('HSET', job, 'facts', facts, 'state', 'queued', 'reason', '', 'submitted_ms', now())
redis.call('ZADD', index, now(), id)
add(job, id, tasks)
if token ~= '' then
  local name = names(job)[1]
  local task = task_of(job, name)
  task.state, task.token, task.worker = 'leased', token, ARGV[7]
  store(job, name, task)
  redis.call('HSET', job, 'state', 'running', 'started_ms', now())
  redis.call('ZREM', pending, id .. '|' .. name)
  redis.call('ZADD', leases, now() + ttl, id .. '|' .. name)
end
tell(job)
return 'new'
"""
)

# ARGV: token, worker, milliseconds of the lease, the key of this claim. The most urgent task: member, facts, plan,
# tries. Claimed again with the same token, as the answer was lost, or came when nobody waited for it, it is the same.
CLAIM = (
    HEAD
    + """
local function claimed(member, job, task)
  redis.call('ZADD', leases, now() + ARGV[4], member)
  redis.call('SET', ARGV[5], member, 'PX', ARGV[4])
  tell(job)
  return {member, redis.call('HGET', job, 'facts'), redis.call('HGET', job, 'plan') or '',
    task.deaths + task.faults + task.outages}
end
local before = redis.call('GET', ARGV[5])
if before then
  local job, name = split(before)
  local task = runs(job) and held(job, name, ARGV[2])
  if task then return claimed(before, job, task) end
end
while true do
  local first = redis.call('ZPOPMIN', pending)
  if not first[1] then return false end
  local job, name = split(first[1])
  local task = runs(job) and task_of(job, name)
  if task and task.state == 'pending' then
    task.state, task.token, task.worker = 'leased', ARGV[2], ARGV[3]
    store(job, name, task)
    redis.call('HSET', job, 'state', 'running')
    redis.call('HSETNX', job, 'started_ms', now())
    return claimed(first[1], job, task)
  end
end
"""
)

# ARGV: member, token, milliseconds of the lease, progress (JSON).
RENEW = (
    HEAD
    + """
local job, name = split(ARGV[2])
if redis.call('HGET', job, 'state') == 'cancelled' then return 'cancelled' end
if not (runs(job) and held(job, name, ARGV[3])) then return 'lost' end
redis.call('ZADD', leases, now() + ARGV[4], ARGV[2])
redis.call('HSET', job, 'p:' .. name, ARGV[5])
tell(job)
return 'held'
"""
)

# ARGV: member, token, result, tasks to add (JSON), plan, seconds, whether the job is done with it ('1').
COMPLETE = (
    HEAD
    + """
local job, name = split(ARGV[2])
local id = string.sub(job, #prefix + 1)
local before = task_of(job, name)
-- An answer that was lost: said again, it is a success.
if before and before.state == 'done' and before.token == ARGV[3] then return 0 end
local task = runs(job) and held(job, name, ARGV[3])
if not task then
  let_go(job, ARGV[2], name, ARGV[3])
  return 'lost'
end
task.state = 'done'
store(job, name, task)
redis.call('ZREM', leases, ARGV[2])
redis.call('HSET', job, 'r:' .. name, ARGV[4])
redis.call('HDEL', job, 'p:' .. name)
if ARGV[6] ~= '' then redis.call('HSET', job, 'plan', ARGV[6]) end
if ARGV[7] ~= '' then redis.call('HSET', job, 'seconds', ARGV[7]) end
tell(job)
if ARGV[8] == '1' then
  finish(job, id, 'done', '')
  return 0
end
local offered = add(job, id, cjson.decode(ARGV[5]))
for next in string.gmatch(task.after, '[^,]+') do
  local follower = task_of(job, next)
  follower.waits = follower.waits - 1
  if follower.waits == 0 then
    offer(job, id, next, follower)
    offered = offered + 1
  else
    store(job, next, follower)
  end
end
return offered
"""
)

# ARGV: member, token, reason, which counter, its limit, milliseconds to rest, whether to give up at once ('1').
GIVE_BACK = (
    HEAD
    + """
local job, name = split(ARGV[2])
local id = string.sub(job, #prefix + 1)
local before = task_of(job, name)
if before and before.lost == ARGV[3] then
  -- We could not be heard, and were taken for dead; others may have ended the job meanwhile.
  before.lost, before.deaths = nil, before.deaths - 1
  if ARGV[5] ~= '' then before[ARGV[5]] = before[ARGV[5]] + 1 end
  store(job, name, before)
  if runs(job) then redis.call('HSET', job, 'reason', ARGV[4]) end
  return 'lost'
end
local task = runs(job) and held(job, name, ARGV[3])
if not task then
  let_go(job, ARGV[2], name, ARGV[3])
  return 'lost'
end
tell(job)
if ARGV[5] ~= '' then task[ARGV[5]] = task[ARGV[5]] + 1 end
if ARGV[8] == '1' or (ARGV[5] ~= '' and task[ARGV[5]] >= tonumber(ARGV[6])) then
  task.state, task.token = 'pending', nil
  store(job, name, task)
  finish(job, id, 'failed', ARGV[4])
  return 'failed'
end
redis.call('HSET', job, 'reason', ARGV[4])
task.state, task.token = 'resting', nil
store(job, name, task)
redis.call('ZADD', leases, now() + ARGV[7], ARGV[2])
return 'resting'
"""
)

# ARGV: how many deaths are too many. Offers again what rested, or was lost with its worker; how many are pending.
REAP = (
    HEAD
    + """
for _, member in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now(), 'LIMIT', 0, 200)) do
  redis.call('ZREM', leases, member)
  local job, name = split(member)
  local id = string.sub(job, #prefix + 1)
  local task = runs(job) and task_of(job, name)
  tell(job)
  if task and task.state == 'resting' then
    offer(job, id, name, task)
  elseif task and task.state == 'leased' then
    task.deaths, task.lost = task.deaths + 1, task.token
    if name == 'local' then
      finish(job, id, 'failed', 'whoever packaged it was ended')
    elseif task.deaths >= tonumber(ARGV[2]) then
      task.state, task.token = 'pending', nil
      store(job, name, task)
      finish(job, id, 'failed', name .. ': ' .. task.deaths .. ' workers were lost at it, for want of memory perhaps')
    else
      redis.call('HSET', job, 'reason', name .. ': its worker was lost')
      offer(job, id, name, task)
    end
  end
end
return redis.call('ZCARD', pending)
"""
)

# ARGV: id.
CANCEL = (
    HEAD
    + """
local job = prefix .. ARGV[2]
local state = redis.call('HGET', job, 'state')
if runs(job) then
  finish(job, ARGV[2], 'cancelled', '')
  tell(job)
end
return state or 'absent'
"""
)

# ARGV: id. Of a job that failed or was cancelled: what is done stays done.
RETRY = (
    HEAD
    + """
local job, id = prefix .. ARGV[2], ARGV[2]
local state = redis.call('HGET', job, 'state')
if state ~= 'failed' and state ~= 'cancelled' then return state or 'absent' end
if redis.call('HEXISTS', job, 't:local') == 1 then return 'local' end
redis.call('HSET', job, 'state', 'running', 'reason', '')
redis.call('HDEL', job, 'ended_ms', 'started_ms')
tell(job)
for _, name in ipairs(names(job)) do
  local task = task_of(job, name)
  task.deaths, task.faults, task.outages = 0, 0, 0
  task.lost = nil  -- who says now that it lives was not counted
  local is_held = task.state == 'leased' and redis.call('ZSCORE', leases, id .. '|' .. name)
  if task.state == 'waiting' or task.state == 'done' or is_held then
    store(job, name, task)
  else
    offer(job, id, name, task)
  end
end
return 'again'
"""
)

# ARGV: before when (milliseconds), how many ended jobs to keep. Forgets ended jobs; how many.
FORGET = (
    HEAD
    + """
local forgotten = 0
local spare = redis.call('ZCARD', index) - tonumber(ARGV[3])
for _, id in ipairs(redis.call('ZRANGE', index, 0, 199)) do
  local old = tonumber(redis.call('ZSCORE', index, id)) < tonumber(ARGV[2])
  if not runs(prefix .. id) and (old or forgotten < spare) then
    redis.call('DEL', prefix .. id)
    redis.call('ZREM', index, id)
    tell(prefix .. id)
    forgotten = forgotten + 1
  end
end
return forgotten
"""
)

# Milliseconds by Redis's clock.
NOW = HEAD + "return now()"

# ARGV: how long ago "lately" began (milliseconds), how many to look at.
SURVEY = (
    HEAD
    + """
local failed, oldest = 0, 0
for _, id in ipairs(redis.call('ZREVRANGE', index, 0, ARGV[3] - 1)) do
  local found = redis.call('HMGET', prefix .. id, 'state', 'ended_ms')
  if found[1] == 'failed' and tonumber(found[2] or 0) >= now() - ARGV[2] then failed = failed + 1 end
end
for _, member in ipairs(redis.call('ZRANGE', pending, 0, ARGV[3] - 1)) do
  local submitted = tonumber(redis.call('HGET', (split(member)), 'submitted_ms') or 0)
  if submitted and submitted > 0 and (oldest == 0 or submitted < oldest) then oldest = submitted end
end
return {redis.call('ZCARD', pending), redis.call('ZCARD', leases), failed, oldest, now()}
"""
)

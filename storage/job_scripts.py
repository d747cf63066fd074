"""The Lua of the job queue: each script is one atomic step. Pure.

Everything is under one hash tag, so all of it is in one slot of a cluster. A job is a hash: `facts`, `state`,
`reason`, `plan`, times, and of each task `t:NAME` (JSON), `r:NAME` (what it gave) and `p:NAME` (how far it is).
`pending` has the tasks to be claimed by urgency, `leases` those that are held, or that rest until they are tried
again, by when that ends.
"""

NAMES = ("SUBMIT", "CLAIM", "RENEW", "COMPLETE", "GIVE_BACK", "REAP", "CANCEL", "RETRY", "FORGET", "NOW")

# Of every script: KEYS[1] pending, KEYS[2] leases, KEYS[3] the index of jobs; ARGV[1] what a job's key begins with.
_HEAD = """
local pending, leases, index, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function split(member)
  local at = string.find(member, '|', 1, true)
  return prefix .. string.sub(member, 1, at - 1), string.sub(member, at + 1)
end
local function task_of(job, name)
  local text = redis.call('HGET', job, 't:' .. name)
  return text and cjson.decode(text)
end
local function store(job, name, task)
  redis.call('HSET', job, 't:' .. name, cjson.encode(task))
end
local function runs(job)
  local state = redis.call('HGET', job, 'state')
  return state == 'queued' or state == 'running'
end
local function urgency(job, rank)
  local facts = cjson.decode(redis.call('HGET', job, 'facts'))
  local since = redis.call('HGET', job, 'submitted_ms') - 1.7e12
  -- Fourteen digits, as cjson writes no more; with that, until 2055.
  return (9 - facts.priority) * 1e13 + since * 10 + rank
end
local function offer(job, id, name, task)
  task.state, task.token = 'pending', nil
  store(job, name, task)
  redis.call('HDEL', job, 'p:' .. name)
  redis.call('ZADD', pending, task.urgency, id .. '|' .. name)
end
local function names(job)
  local found = {}
  for _, field in ipairs(redis.call('HKEYS', job)) do
    if string.sub(field, 1, 2) == 't:' then found[#found + 1] = string.sub(field, 3) end
  end
  return found
end
local function finish(job, id, state, reason)
  redis.call('HSET', job, 'state', state, 'reason', reason, 'ended_ms', now())
  for _, name in ipairs(names(job)) do
    redis.call('ZREM', pending, id .. '|' .. name)
    -- Who holds a task has not heard yet: its lease stays, so that a retry does not give the task to another as well.
    if state == 'done' or task_of(job, name).state ~= 'leased' then redis.call('ZREM', leases, id .. '|' .. name) end
    if state == 'done' then redis.call('HDEL', job, 'r:' .. name, 'p:' .. name) end
  end
  if state == 'done' then redis.call('HDEL', job, 'plan') end
end
local function held(job, name, token)
  local task = task_of(job, name)
  return task and task.state == 'leased' and task.token == token and task
end
-- A task of a job that has ended, by whoever held it.
local function let_go(job, member, name, token)
  local task = held(job, name, token)
  if task and not runs(job) then
    task.state, task.token = 'pending', nil
    store(job, name, task)
    redis.call('ZREM', leases, member)
  end
end
local function add(job, id, list)
  local offered = 0
  for _, task in ipairs(list) do
    local name = task.name
    task.name = nil
    task.deaths, task.faults, task.outages = 0, 0, 0
    task.urgency = urgency(job, task.rank)
    if task.waits == 0 then
      offer(job, id, name, task)
      offered = offered + 1
    else
      task.state = 'waiting'
      store(job, name, task)
    end
  end
  return offered
end
"""

# ARGV: id, facts, tasks (JSON), a token when the one task is leased at once, milliseconds of that lease, by whom.
SUBMIT = (
    _HEAD
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
return 'new'
"""
)

# ARGV: token, worker, milliseconds of the lease. The most urgent task: member, facts, plan, tries.
CLAIM = (
    _HEAD
    + """
while true do
  local first = redis.call('ZPOPMIN', pending)
  if not first[1] then return false end
  local job, name = split(first[1])
  local task = runs(job) and task_of(job, name)
  if task and task.state == 'pending' then
    task.state, task.token, task.worker = 'leased', ARGV[2], ARGV[3]
    store(job, name, task)
    redis.call('ZADD', leases, now() + ARGV[4], first[1])
    redis.call('HSET', job, 'state', 'running')
    redis.call('HSETNX', job, 'started_ms', now())
    return {first[1], redis.call('HGET', job, 'facts'), redis.call('HGET', job, 'plan') or '',
      task.deaths + task.faults + task.outages}
  end
end
"""
)

# ARGV: member, token, milliseconds of the lease, progress (JSON).
RENEW = (
    _HEAD
    + """
local job, name = split(ARGV[2])
if redis.call('HGET', job, 'state') == 'cancelled' then return 'cancelled' end
if not (runs(job) and held(job, name, ARGV[3])) then return 'lost' end
redis.call('ZADD', leases, now() + ARGV[4], ARGV[2])
redis.call('HSET', job, 'p:' .. name, ARGV[5])
return 'held'
"""
)

# ARGV: member, token, result, tasks to add (JSON), plan, seconds, whether the job is done with it ('1').
COMPLETE = (
    _HEAD
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
    _HEAD
    + """
local job, name = split(ARGV[2])
local id = string.sub(job, #prefix + 1)
local before = runs(job) and task_of(job, name)
if before and before.lost == ARGV[3] then
  -- We could not be heard, and were taken for dead.
  before.lost, before.deaths = nil, before.deaths - 1
  if ARGV[5] ~= '' then before[ARGV[5]] = before[ARGV[5]] + 1 end
  store(job, name, before)
  redis.call('HSET', job, 'reason', ARGV[4])
  return 'lost'
end
local task = runs(job) and held(job, name, ARGV[3])
if not task then
  let_go(job, ARGV[2], name, ARGV[3])
  return 'lost'
end
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
    _HEAD
    + """
for _, member in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now(), 'LIMIT', 0, 200)) do
  redis.call('ZREM', leases, member)
  local job, name = split(member)
  local id = string.sub(job, #prefix + 1)
  local task = runs(job) and task_of(job, name)
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
    _HEAD
    + """
local job = prefix .. ARGV[2]
local state = redis.call('HGET', job, 'state')
if runs(job) then finish(job, ARGV[2], 'cancelled', '') end
return state or 'absent'
"""
)

# ARGV: id. Of a job that failed or was cancelled: what is done stays done.
RETRY = (
    _HEAD
    + """
local job, id = prefix .. ARGV[2], ARGV[2]
local state = redis.call('HGET', job, 'state')
if state ~= 'failed' and state ~= 'cancelled' then return state or 'absent' end
if redis.call('HEXISTS', job, 't:local') == 1 then return 'local' end
redis.call('HSET', job, 'state', 'running', 'reason', '')
redis.call('HDEL', job, 'ended_ms', 'started_ms')
for _, name in ipairs(names(job)) do
  local task = task_of(job, name)
  task.deaths, task.faults, task.outages = 0, 0, 0
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
    _HEAD
    + """
local forgotten = 0
local spare = redis.call('ZCARD', index) - tonumber(ARGV[3])
for _, id in ipairs(redis.call('ZRANGE', index, 0, 199)) do
  local old = tonumber(redis.call('ZSCORE', index, id)) < tonumber(ARGV[2])
  if not runs(prefix .. id) and (old or forgotten < spare) then
    redis.call('DEL', prefix .. id)
    redis.call('ZREM', index, id)
    forgotten = forgotten + 1
  end
end
return forgotten
"""
)

# Milliseconds by Redis's clock.
NOW = _HEAD + "return now()"

"""What every script of the job queue begins with: how jobs, tasks and leases are kept. Pure.

Everything is under one hash tag, so all of it is in one slot of a cluster. A job is a hash: `facts`, `state`,
`reason`, `plan`, times, and of each task `t:NAME` (JSON), `r:NAME` (what it gave) and `p:NAME` (how far it is).
`pending` has the tasks to be claimed by urgency, `leases` those that are held, or that rest until they are tried
again, by when that ends. A job that fails is noted in a stream, for the webhooks.
"""

from storage.keys import EVENTS, JOB_FAILURES

_FAILURES_KEPT = 10_000

# Of every script: KEYS[1] pending, KEYS[2] leases, KEYS[3] the index of jobs; ARGV[1] what a job's key begins with.
HEAD = (
    f"local failures, failures_kept, words = '{JOB_FAILURES}', {_FAILURES_KEPT}, '{EVENTS}'"
    + """
local pending, leases, index, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- That something of a job is new: how far it is, too.
local function tell(job)
  redis.call('PUBLISH', words, 'job ' .. string.sub(job, #prefix + 1))
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
  if state == 'failed' then
    redis.call('XADD', failures, 'MAXLEN', '~', failures_kept, '*', 'job', id, 'reason', reason, 'facts',
      redis.call('HGET', job, 'facts'))
  end
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
)

"""The Lua of webhook deliveries: each script is one atomic step. Pure.

Everything is under one hash tag. Of each webhook, by its id: `pending` and `leased` are sorted sets of events, by
when one is to be tried and by when who tries it has lost it; `ended` those that are over, by when; `log` a hash of
events to what is known of each (JSON). `due` has the webhooks by when the next is to be done for each.
"""

NAMES = ("NOTE", "CLAIM", "SETTLE", "AGAIN", "FORGET", "LEAD")

# Of every script: KEYS[1] due; ARGV[1] what all keys begin with, ARGV[2] how many are sent to one webhook at once.
HEAD = """
local due, prefix, at_once = KEYS[1], ARGV[1], tonumber(ARGV[2])
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function places(hook)
  local function place(part) return prefix .. part .. ':' .. hook end
  return place('pending'), place('leased'), place('log'), place('ended')
end
local function first(key)
  local found = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return found[2] and tonumber(found[2])
end
local function rescore(hook)
  local pending, leased = places(hook)
  local at = first(leased)
  if redis.call('ZCARD', leased) < at_once then
    local next = first(pending)
    if next and (not at or next < at) then at = next end
  end
  if at then redis.call('ZADD', due, at, hook) else redis.call('ZREM', due, hook) end
end
local function entry_of(log, event)
  local text = redis.call('HGET', log, event)
  return text and cjson.decode(text)
end
local function offer(hook, event, entry, at)
  local pending, leased, log, ended = places(hook)
  entry.state, entry.token, entry.next_ms = 'waiting', nil, at
  redis.call('HSET', log, event, cjson.encode(entry))
  redis.call('ZREM', ended, event)
  redis.call('ZADD', pending, at, event)
  rescore(hook)
end
"""

# ARGV: event, what is known of it (JSON), milliseconds that it is known for, how many may wait, webhooks. Whether it
# is news; those with too many waiting do not get it.
NOTE = (
    HEAD
    + """
if not redis.call('SET', prefix .. 'seen:' .. ARGV[3], '1', 'NX', 'PX', ARGV[5]) then return 'known' end
for n = 7, #ARGV do
  local hook = ARGV[n]
  local pending, leased = places(hook)
  if redis.call('HEXISTS', prefix .. 'index', hook) == 1 then
    if redis.call('ZCARD', pending) + redis.call('ZCARD', leased) < tonumber(ARGV[6]) then
      local entry = cjson.decode(ARGV[4])
      entry.queued_ms, entry.tries = now(), 0
      offer(hook, ARGV[3], entry, entry.queued_ms)
    else
      redis.call('HINCRBY', prefix .. 'dropped', hook, 1)
    end
  end
end
return 'noted'
"""
)

# ARGV: token, milliseconds of the lease. What is due longest: webhook, event, what is known of it.
CLAIM = (
    HEAD
    + """
for _, hook in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now(), 'LIMIT', 0, 50)) do
  local pending, leased, log = places(hook)
  for _, event in ipairs(redis.call('ZRANGEBYSCORE', leased, '-inf', now())) do
    -- Whoever had it was lost.
    redis.call('ZREM', leased, event)
    local entry = entry_of(log, event)
    if entry then
      entry.error = 'the server that sent it was lost'
      offer(hook, event, entry, now())
    end
  end
  while redis.call('ZCARD', leased) < at_once do
    local event = redis.call('ZRANGEBYSCORE', pending, '-inf', now(), 'LIMIT', 0, 1)[1]
    if not event then break end
    redis.call('ZREM', pending, event)
    local entry = entry_of(log, event)
    if entry then
      entry.state, entry.token, entry.tries, entry.next_ms = 'sending', ARGV[3], entry.tries + 1, nil
      local text = cjson.encode(entry)
      redis.call('HSET', log, event, text)
      redis.call('ZADD', leased, now() + ARGV[4], event)
      rescore(hook)
      return {hook, event, text}
    end
  end
  rescore(hook)
end
return false
"""
)

# ARGV: webhook, event, token, state, status ("": none), error, milliseconds until the next try ("": none), how many
# of those that are over are kept. Since when it has been failing ("": it is not), or 'lost'.
SETTLE = (
    HEAD
    + """
local hook, event, state = ARGV[3], ARGV[4], ARGV[6]
local pending, leased, log, ended = places(hook)
local entry = entry_of(log, event)
if not entry or entry.token ~= ARGV[5] then return 'lost' end
redis.call('ZREM', leased, event)
entry.last_ms, entry.status, entry.error = now(), tonumber(ARGV[7]), ARGV[8]
if ARGV[9] ~= '' then
  offer(hook, event, entry, now() + ARGV[9])
else
  entry.state, entry.token = state, nil
  redis.call('HSET', log, event, cjson.encode(entry))
  redis.call('ZADD', ended, now(), event)
  local over = redis.call('ZRANGE', ended, 0, -1 - ARGV[10])
  if #over > 0 then
    redis.call('HDEL', log, unpack(over))
    redis.call('ZREM', ended, unpack(over))
  end
  rescore(hook)
end
if state == 'delivered' then
  redis.call('HDEL', prefix .. 'failing', hook)
  return ''
end
redis.call('HSETNX', prefix .. 'failing', hook, now())
return redis.call('HGET', prefix .. 'failing', hook)
"""
)

# ARGV: webhook, event. Once more from the start, at once.
AGAIN = (
    HEAD
    + """
local _, _, log = places(ARGV[3])
local entry = entry_of(log, ARGV[4])
if not entry then return 'absent' end
if entry.state == 'sending' then return 'sending' end
entry.tries = 0
offer(ARGV[3], ARGV[4], entry, now())
return 'again'
"""
)

# ARGV: webhook. Nothing is known of it any more; with another argument ('1'), only that it has been failing.
FORGET = (
    HEAD
    + """
local hook = ARGV[3]
redis.call('HDEL', prefix .. 'failing', hook)
if ARGV[4] == '1' then return 0 end
redis.call('HDEL', prefix .. 'dropped', hook)
redis.call('ZREM', due, hook)
return redis.call('DEL', places(hook))
"""
)

# ARGV: token, milliseconds. Whether it is whose token this is that looks for what has happened.
LEAD = (
    HEAD
    + """
local held = redis.call('GET', prefix .. 'leader')
if held and held ~= ARGV[3] then return 0 end
redis.call('SET', prefix .. 'leader', ARGV[3], 'PX', ARGV[4])
return 1
"""
)

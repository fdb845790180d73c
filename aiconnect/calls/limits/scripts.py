"""What Redis runs, each in one piece: `enter` and `leave`, by the rule in this package's words.

For each limited key there is a hash of the last minute (`r<second>` requests, `t<second>` tokens)
and a hash of calls under way by process. The sorted set of processes says until when each is
alive: those of a process that no longer says so do not count.
"""

from __future__ import annotations

WINDOW_TTL = 180
PARALLEL_TTL = 7200
"""Seconds after the last call when keys vanish; no call lasts as long as the second."""

_NOW = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local second = math.floor(now)
"""

# KEYS: processes; a window and a parallel for each limit.
# ARGV: now or "", process, seconds that it stays alive; for each limit: requests, tokens and
# parallel ("" for none), what the call counts, what it asks for.
# Gives {0, the second}, or {number of the limit, which, milliseconds to wait}.
ENTER = (
    _NOW
    + f"""
local process = ARGV[2]
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), process)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('EXPIRE', KEYS[1], {PARALLEL_TTL})

local function wait(live, used, asked, most, kind)
  table.sort(live, function(a, b) return a[1] < b[1] end)
  for _, one in ipairs(live) do
    if one[2] == kind then used = used - one[3] end
    if used + asked <= most then return (one[1] + 61 - now) * 1000 end
  end
  return 60000
end

local function count(key)
  local all, live, stale, requests, tokens = redis.call('HGETALL', key), {{}}, {{}}, 0, 0
  for i = 1, #all, 2 do
    local kind, at, n = all[i]:sub(1, 1), tonumber(all[i]:sub(2)), tonumber(all[i + 1])
    if at < second - 60 then
      stale[#stale + 1] = all[i]
    else
      live[#live + 1] = {{at, kind, n}}
      if kind == 'r' then requests = requests + n else tokens = tokens + n end
    end
  end
  if #stale > 0 then redis.call('HDEL', key, unpack(stale)) end
  return live, requests, tokens
end

local function parallel(key)
  local all, sum = redis.call('HGETALL', key), 0
  for i = 1, #all, 2 do
    if redis.call('ZSCORE', KEYS[1], all[i]) then
      sum = sum + tonumber(all[i + 1])
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return sum
end

local limits = (#KEYS - 1) / 2
for i = 1, limits do
  local base = 3 + (i - 1) * 5
  local most, asked = {{}}, tonumber(ARGV[base + 5])
  for j = 1, 3 do most[j] = tonumber(ARGV[base + j]) end
  local live, requests, tokens = count(KEYS[2 * i])
  if most[1] and requests >= most[1] then
    return {{i, 1, wait(live, requests, 1, most[1], 'r')}}
  end
  if most[2] and tokens + asked > most[2] then
    return {{i, 2, wait(live, tokens, asked, most[2], 't')}}
  end
  if most[3] and parallel(KEYS[2 * i + 1]) >= most[3] then
    return {{i, 3, 1000}}
  end
end
for i = 1, limits do
  local window, under_way = KEYS[2 * i], KEYS[2 * i + 1]
  redis.call('HINCRBY', window, 'r' .. second, 1)
  redis.call('HINCRBY', window, 't' .. second, ARGV[3 + (i - 1) * 5 + 4])
  redis.call('EXPIRE', window, {WINDOW_TTL})
  redis.call('HINCRBY', under_way, process, 1)
  redis.call('EXPIRE', under_way, {PARALLEL_TTL})
end
return {{0, second}}
"""
)

# KEYS: a window and a parallel for each limit.
# ARGV: now or "", process, the second of entering, tokens used ("" to give everything back);
# for each limit what was counted.
LEAVE = (
    _NOW
    + f"""
local process, entered, used = ARGV[2], tonumber(ARGV[3]), ARGV[4]

local function take(key, field, n)
  if redis.call('HEXISTS', key, field) == 1 then return redis.call('HINCRBY', key, field, n) end
end

for i = 1, #KEYS / 2 do
  local window, under_way = KEYS[2 * i - 1], KEYS[2 * i]
  if entered >= second - 60 then
    take(window, 't' .. entered, 0 - tonumber(ARGV[4 + i]))  -- not "-0"
    if used == '' then take(window, 'r' .. entered, -1) end
  end
  if used ~= '' then
    redis.call('HINCRBY', window, 't' .. second, used)
    redis.call('EXPIRE', window, {WINDOW_TTL})
  end
  if take(under_way, process, -1) == 0 then redis.call('HDEL', under_way, process) end
end
"""
)

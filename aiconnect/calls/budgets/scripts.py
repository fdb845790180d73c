"""What Redis runs for budgets, each in one piece.

Each window is a hash: `v` the version and `s` what the ledger says by it, `h` the sum of what is
held, and `c:<process>:<call>` what each call holds. The sorted set of processes says until when
the holds of each count: some minutes after it was heard of last, since what it had settled comes
into the ledger with its journal. The generation is made by whoever tells first what it holds, and
goes with all the rest when Redis is emptied: a process that told it to another one has been
forgotten. Lua counts in doubles: exact to nine million dollars.
"""

from __future__ import annotations

WINDOW_TTL = 3_456_000
"""Seconds (40 days) after the last call when a window vanishes; its tally makes it anew."""

SETTLED = 10
"""Seconds after which a generation has heard of all processes that still live."""

_COMMON = """
local function number(key, field) return tonumber(redis.call('HGET', key, field) or '0') end
local function add(key, n) redis.call('HINCRBY', key, 'h', string.format('%.0f', n)) end

local function rebase(key, version, spent)
  local known = redis.call('HGET', key, 'v')
  if not known or tonumber(version) > tonumber(known) then
    redis.call('HSET', key, 'v', version, 's', spent)
  end
end

local function put(key, field, amount)
  local former = number(key, field)
  if amount == '' then
    redis.call('HDEL', key, field)
    add(key, 0 - former)
  else
    redis.call('HSET', key, field, amount)
    add(key, tonumber(amount) - former)
  end
end
"""

# For scripts whose first keys are the processes and the generation, and whose first arguments are
# now or "", the process, seconds that its holds count, and a generation.
_LIVING = f"""
local function live()
  local now = tonumber(ARGV[1])
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) + tonumber(time[2]) / 1000000
  end
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  return now
end

-- Whether Redis does not know what this process holds: emptied, or long unheard of.
local function lost()
  return redis.call('HGET', KEYS[2], 'id') ~= ARGV[4] or not redis.call('ZSCORE', KEYS[1], ARGV[2])
end

-- How many processes hold something, and whether all of those that were known have told what.
local function processes(known, now)
  local count = redis.call('ZCARD', KEYS[1])
  known = tonumber(known)
  local at = tonumber(redis.call('HGET', KEYS[2], 'at'))
  if count >= known or now - at >= {SETTLED} then return count, true end
  return known, false
end

local function bury(key)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local process = field:match('^c:([^:]+):')
    if process and not redis.call('ZSCORE', KEYS[1], process) then put(key, field, '') end
  end
end
"""

# KEYS: processes, generation; windows. ARGV: see above, how many processes were known, call; for
# each window: version, spent, "1" where it has been told, limit ("" for none), amount ("" where the
# call is to hold nothing any more). Gives {0, how many processes are known now}, {number of the
# window, spent, held by others}, or {-1}: the process must tell all it holds before anything is
# held. While one that was known has not told yet what it holds, limits have no room for anything.
HOLD = (
    _COMMON
    + _LIVING
    + f"""
if lost() then return {{-1}} end
local field = 'c:' .. ARGV[2] .. ':' .. ARGV[6]
local known, have_all_told = processes(ARGV[5], live())

for i = 1, #KEYS - 2 do
  if ARGV[7 + (i - 1) * 5 + 2] == '1' and redis.call('HEXISTS', KEYS[i + 2], 'v') == 0 then
    redis.call('DEL', KEYS[1], KEYS[2])  -- evicted: what others told of it is gone too
    return {{-1}}
  end
end

local held_at, held_spent, held_others = nil, 0, 0
for i = 1, #KEYS - 2 do
  local key, base = KEYS[i + 2], 7 + (i - 1) * 5
  rebase(key, ARGV[base], ARGV[base + 1])
  local limit, amount = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
  if limit and amount then
    local asked, spent = math.max(amount, 1), number(key, 's')
    if spent + asked > limit then return {{i, spent, 0}} end
    local others = number(key, 'h') - number(key, field)
    if spent + others + asked > limit then
      bury(key)
      others = number(key, 'h') - number(key, field)
    end
    if (not have_all_told or spent + others + asked > limit) and not held_at then
      held_at, held_spent, held_others = i, spent, others
    end
  end
end
if held_at then return {{held_at, held_spent, held_others}} end
for i = 1, #KEYS - 2 do
  put(KEYS[i + 2], field, ARGV[7 + (i - 1) * 5 + 4])
  redis.call('EXPIRE', KEYS[i + 2], {WINDOW_TTL})
end
return {{0, known}}
"""
)

# KEYS: windows of the call. ARGV: process, call, cost ("" where nothing is owed).
# A call that holds nothing any more stays so.
END = (
    _COMMON
    + """
local field = 'c:' .. ARGV[1] .. ':' .. ARGV[2]
for _, key in ipairs(KEYS) do
  if redis.call('HEXISTS', key, field) == 1 then put(key, field, ARGV[3]) end
end
"""
)

# KEYS: a window. ARGV: process, version, spent, calls that the ledger knows.
ABSORBED = (
    _COMMON
    + """
rebase(KEYS[1], ARGV[2], ARGV[3])
for i = 4, #ARGV do
  local field = 'c:' .. ARGV[1] .. ':' .. ARGV[i]
  if redis.call('HEXISTS', KEYS[1], field) == 1 then put(KEYS[1], field, '') end
end
"""
)

# KEYS: processes, generation; windows. ARGV: see above, with a name for a generation to be made,
# "1" where other calls of the process are forgotten; for each window: version, spent, how many
# calls, and of each its name and what it holds. In one piece: whoever is counted among those that
# have told is known. Gives the generation that there is.
TELL = (
    _COMMON
    + _LIVING
    + f"""
local now = live()
if redis.call('HSETNX', KEYS[2], 'id', ARGV[4]) == 1 then redis.call('HSET', KEYS[2], 'at', now) end
local own = 'c:' .. ARGV[2] .. ':'
local at = 6
for i = 3, #KEYS do
  local key = KEYS[i]
  rebase(key, ARGV[at], ARGV[at + 1])
  if ARGV[5] == '1' then
    for _, field in ipairs(redis.call('HKEYS', key)) do
      if field:sub(1, #own) == own then put(key, field, '') end
    end
  end
  local after = at + 3 + 2 * tonumber(ARGV[at + 2])
  for j = at + 3, after - 1, 2 do put(key, own .. ARGV[j], ARGV[j + 1]) end
  at = after
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, {WINDOW_TTL}) end
return redis.call('HGET', KEYS[2], 'id')
"""
)

# KEYS: processes, generation; windows. ARGV: see above, how many processes were known. Gives 0
# where the process must tell anew what it holds, else 1; and how many processes are known now.
BEAT = (
    _COMMON
    + _LIVING
    + """
if lost() then return {0, ARGV[5]} end
local known = processes(ARGV[5], live())
for i = 3, #KEYS do bury(KEYS[i]) end
return {1, known}
"""
)

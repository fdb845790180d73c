"""What Redis runs for budgets, each in one piece.

Each window is a hash: `v` the version and `s` what the ledger says by it, `h` the sum of what is
held, and `c:<process>:<call>` what each call holds. The sorted set of processes says until when
the holds of each count: some minutes after it was heard of last, since what it had settled comes
into the ledger with its journal. Lua counts in doubles: exact to nine million dollars.
"""

from __future__ import annotations

WINDOW_TTL = 3_456_000
"""Seconds (40 days) after the last call when a window vanishes; its tally makes it anew."""

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

_LIVING = """
local function live(now, process, seconds)
  now = tonumber(now)
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) + tonumber(time[2]) / 1000000
  end
  redis.call('ZADD', KEYS[1], now + tonumber(seconds), process)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
end

-- Whether Redis has lost this process, which had told what it holds: emptied, or long unheard of.
local function lost(process, told)
  return told == '1' and not redis.call('ZSCORE', KEYS[1], process)
end

local function bury(key)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local process = field:match('^c:([^:]+):')
    if process and not redis.call('ZSCORE', KEYS[1], process) then put(key, field, '') end
  end
end
"""

# KEYS: processes; windows.
# ARGV: now or "", process, seconds that its holds count, "1" where it has told what it holds, call;
# for each window: version, spent, limit ("" for none), amount ("" where the call is to hold nothing
# any more). Gives {0, how many windows were not known}, {number of the window, spent, held by
# others}, or {-1}: the process must tell all it holds before anything is held.
HOLD = (
    _COMMON
    + _LIVING
    + f"""
if lost(ARGV[2], ARGV[4]) then return {{-1}} end
local field = 'c:' .. ARGV[2] .. ':' .. ARGV[5]
live(ARGV[1], ARGV[2], ARGV[3])

local fresh, held_at, held_spent, held_others = 0, nil, 0, 0
for i = 1, #KEYS - 1 do
  local key, base = KEYS[i + 1], 5 + (i - 1) * 4
  if redis.call('HEXISTS', key, 'v') == 0 then fresh = fresh + 1 end
  rebase(key, ARGV[base + 1], ARGV[base + 2])
  local limit, amount = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
  if limit and amount then
    local asked, spent = math.max(amount, 1), number(key, 's')
    if spent + asked > limit then return {{i, spent, 0}} end
    local others = number(key, 'h') - number(key, field)
    if spent + others + asked > limit then
      bury(key)
      others = number(key, 'h') - number(key, field)
    end
    if spent + others + asked > limit and not held_at then
      held_at, held_spent, held_others = i, spent, others
    end
  end
end
if held_at then return {{held_at, held_spent, held_others}} end
for i = 1, #KEYS - 1 do
  put(KEYS[i + 1], field, ARGV[5 + (i - 1) * 4 + 4])
  redis.call('EXPIRE', KEYS[i + 1], {WINDOW_TTL})
end
redis.call('EXPIRE', KEYS[1], {WINDOW_TTL})
return {{0, fresh}}
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

# KEYS: a window. ARGV: process, version, spent, "1" where other calls of the process are forgotten;
# calls and what each holds.
REPLAY = (
    _COMMON
    + f"""
rebase(KEYS[1], ARGV[2], ARGV[3])
if ARGV[4] == '1' then
  local own = 'c:' .. ARGV[1] .. ':'
  local all = redis.call('HKEYS', KEYS[1])
  for _, field in ipairs(all) do
    if field:sub(1, #own) == own then put(KEYS[1], field, '') end
  end
end
for i = 5, #ARGV, 2 do
  put(KEYS[1], 'c:' .. ARGV[1] .. ':' .. ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], {WINDOW_TTL})
"""
)

# KEYS: processes; windows. ARGV: now or "", process, seconds that its holds count, "1" where it has
# told what it holds. Gives 0 where it must tell that anew.
BEAT = (
    _COMMON
    + _LIVING
    + """
if lost(ARGV[2], ARGV[4]) then return 0 end
live(ARGV[1], ARGV[2], ARGV[3])
for i = 2, #KEYS do bury(KEYS[i]) end
return 1
"""
)

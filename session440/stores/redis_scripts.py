"""What Redis does in one step: scripts in Lua, during which nothing else runs there.

Times are text, as Python wrote them, so that they come back exactly; Lua only compares them.
"""

from __future__ import annotations

import hashlib


class Script:
    """A script and its name: a server that has run the script once knows it by this name."""

    def __init__(self, text: str) -> None:
        self.text = text
        # The protocol's own name for it: https://redis.io/docs/latest/commands/evalsha/
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


#: Entries are ids; their scores are the times, in milliseconds, at which their tickets are
#: over. The index drops entries that are over, and lives as long as its last entry. The order
#: of insertion is by this server's clock, so that nodes whose clocks differ agree on it.
_ENTER = """
local function enter(index, id, keep)
  local time = redis.call('TIME')
  local kind = redis.call('TYPE', index).ok
  if kind == 'zset' or kind == 'none' then
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
    redis.call('ZADD', index, 'GT', now + keep, id)
    if redis.call('PTTL', index) < keep then redis.call('PEXPIRE', index, keep) end
  end
  return time[1] * 1000000 + time[2]
end
"""

#: KEYS: the index. ARGV: the id, and for how many milliseconds it stays. Returns the order.
ENTER = Script(_ENTER + "return enter(KEYS[1], ARGV[1], tonumber(ARGV[2]))")

#: KEYS: the ticket. ARGV: for how many milliseconds it stays, the key of the moment from which
#: logins are valid, then its fields and their values.
INSERT = Script("""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
local moment = redis.call('GET', ARGV[2])
if moment then
  local known = redis.call('HMGET', KEYS[1], 'issued_at', 'ended_at')
  if not known[2] and tonumber(known[1]) < tonumber(moment) then
    redis.call('HSET', KEYS[1], 'ended_at', moment, 'cause', 'revoked')
  end
end
return 1
""")

#: KEYS: the ticket. ARGV: its id, seen_at, keep_until, the milliseconds between them, those for
#: the index, and the beginning of the names of indexes; in a Cluster this is empty, because the
#: index is elsewhere. Returns the end of the index's name if the ticket is live.
TOUCH = Script(
    _ENTER
    + """
local id, seen_at, keep_until, keep, stay, indexes = unpack(ARGV)
local old = redis.call('HMGET', KEYS[1], 'seen_at', 'keep_until', 'index', 'ended_at')
local seen, kept = tonumber(old[1] or ''), tonumber(old[2] or '')
if not (seen and kept and old[3]) or old[4] then return false end
if tonumber(seen_at) > seen then redis.call('HSET', KEYS[1], 'seen_at', seen_at) end
if tonumber(keep_until) > kept then
  redis.call('HSET', KEYS[1], 'keep_until', keep_until)
  redis.call('PEXPIRE', KEYS[1], keep)
end
if indexes ~= '' then enter(indexes .. old[3], id, tonumber(stay)) end
return old[3]
"""
)

#: KEYS: the ticket. ARGV: ended_at and cause.
END = Script("""
local old = redis.call('HMGET', KEYS[1], 'keep_until', 'ended_at')
if not old[1] or old[2] then return 0 end
redis.call('HSET', KEYS[1], 'ended_at', ARGV[1], 'cause', ARGV[2])
return 1
""")

#: KEYS: the ticket. ARGV: not_after or nothing, and keep_until. Returns the end of the index's
#: name, and for how many milliseconds the record stays at most, if the ticket is live.
MOVE_END = Script("""
local not_after, keep_until = unpack(ARGV)
local old = redis.call('HMGET', KEYS[1], 'seen_at', 'keep_until', 'index', 'ended_at')
local seen, kept = tonumber(old[1] or ''), tonumber(old[2] or '')
if not (seen and kept and old[3]) or old[4] then return false end
if not_after == '' then redis.call('HDEL', KEYS[1], 'not_after')
else redis.call('HSET', KEYS[1], 'not_after', not_after) end
local keep = math.ceil((math.max(tonumber(keep_until), kept) - seen) * 1000)
if tonumber(keep_until) > kept then
  redis.call('HSET', KEYS[1], 'keep_until', keep_until)
  redis.call('PEXPIRE', KEYS[1], keep)
end
return {old[3], keep}
""")

#: KEYS: the moment from which logins are valid. ARGV: another one, which counts if it is later;
#: and by how many seconds a known one may be ahead of it, as clocks are.
VALID_FROM = Script("""
local known, at = tonumber(redis.call('GET', KEYS[1]) or ''), tonumber(ARGV[1])
if not known or known < at or known > at + ARGV[2] then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
""")

#: KEYS: the ticket. ARGV: the moment, and the order of the first ticket that was inserted after
#: it. A login that began during all this goes on.
END_FORMER = Script("""
local old = redis.call('HMGET', KEYS[1], 'keep_until', 'ended_at', 'issued_at', 'order')
if not old[1] or old[2] then return 0 end
local issued, order = tonumber(old[3] or ''), tonumber(old[4] or '')
if issued and issued > tonumber(ARGV[1]) and order and order >= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'ended_at', ARGV[1], 'cause', 'revoked')
return 1
""")

#: KEYS: the moment from which logins are valid. Returns the id of the server's process, and
#: the moment.
GENERATION = Script("""
local id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
return {id or '', redis.call('GET', KEYS[1])}
""")

#: KEYS: the notes of one key, by the time until which they are kept. ARGV: the key of the same
#: by their order, a text, until when it is kept, the time now, and how many to sweep.
NOTE = Script("""
local orders, text, keep_until, now, sweep = unpack(ARGV)
local known = tonumber(redis.call('ZSCORE', KEYS[1], text) or '')
local is_new = not known or known <= tonumber(now)
for _, each in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, sweep)) do
  redis.call('ZREM', KEYS[1], each)
  redis.call('ZREM', orders, each)
end
if is_new then
  local last = redis.call('ZREVRANGE', orders, 0, 0, 'WITHSCORES')
  redis.call('ZADD', orders, (tonumber(last[2] or '') or 0) + 1, text)
end
if is_new then redis.call('ZADD', KEYS[1], keep_until, text)
else redis.call('ZADD', KEYS[1], 'GT', keep_until, text) end
local keep = math.max(1, math.ceil((tonumber(keep_until) - tonumber(now)) * 1000))
for _, key in ipairs({KEYS[1], orders}) do
  if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, keep) end
end
return is_new and 1 or 0
""")

#: KEYS: the notes of one key, by time. ARGV: those by their order, and the time now.
NOTES = Script("""
local found = {}
for _, text in ipairs(redis.call('ZRANGE', ARGV[1], 0, -1)) do
  local kept = tonumber(redis.call('ZSCORE', KEYS[1], text) or '')
  if kept and kept > tonumber(ARGV[2]) then found[#found + 1] = text end
end
return found
""")

#: KEYS: any. Returns the seconds and microseconds of the server's clock.
TIME = Script("return redis.call('TIME')")

#: KEYS: the nodes. ARGV: a node's id, its words, the time, and for how many seconds it
#: stays. Each node has two fields: its words after the time, and the time of its first words.
ANNOUNCE = Script("""
local id, words, now, stays = unpack(ARGV)
redis.call('HSETNX', KEYS[1], 'since ' .. id, now)
redis.call('HSET', KEYS[1], 'words ' .. id, now .. ' ' .. words)
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  local other = string.match(name, '^words (.*)$')
  if other then
    local heard = string.match(redis.call('HGET', KEYS[1], name), '^%S+')
    if tonumber(heard) < tonumber(now) - tonumber(stays) then
      redis.call('HDEL', KEYS[1], name, 'since ' .. other)
    end
  end
end
redis.call('EXPIRE', KEYS[1], stays)
""")

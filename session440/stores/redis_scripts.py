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

#: KEYS: the ticket. ARGV: for how many milliseconds it stays, then its fields and their values.
INSERT = Script("""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
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

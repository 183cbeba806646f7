"""Keys in any hash slot of a Redis Cluster, so that what each of its servers needs is there.

Slots move between servers, and their keys with them:
https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
"""

from __future__ import annotations

from binascii import crc_hqx
from functools import lru_cache
from itertools import count

SLOTS = 16_384


def slot_tag(key: str) -> str:
    """Return the hash tag of the slot that *key*, which has a hash tag, is in."""
    tag = key.partition("{")[2].partition("}")[0]
    return slot_tags()[_slot(tag)]


@lru_cache(maxsize=1)  # it takes some 30 ms
def slot_tags() -> tuple[str, ...]:
    """Return a hash tag for each slot: the smallest number that is there."""
    tags: dict[int, str] = {}
    for number in count():
        tags.setdefault(_slot(str(number)), str(number))
        if len(tags) == SLOTS:
            return tuple([tags[slot] for slot in range(SLOTS)])
    raise AssertionError  # count() does not end


def _slot(tag: str) -> int:
    return crc_hqx(tag.encode(), 0) % SLOTS

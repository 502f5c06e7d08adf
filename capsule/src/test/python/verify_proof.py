#!/usr/bin/env python3
"""Checks a proof from docs/capsule-format.md alone: python3 verify_proof.py CAPSULE-NAME FILE. Exit status 0 means it holds."""
import struct
import sys

from verify_capsule import Bad, cut, need, sha, signed, tag, writer_key

HASH, HEARTBEAT = 32, 212


def framed(data, most):
    head, data = cut(data, 4)
    length = struct.unpack(">I", head)[0]
    need(length <= most, "a field is too long")
    return cut(data, length)


def hashes(data):
    head, data = cut(data, 2)
    count = struct.unpack(">H", head)[0]
    need(count <= 128 and len(data) == HASH * count, "hashes")
    return [data[i * HASH : (i + 1) * HASH] for i in range(count)]


def head(name, key, data):
    beat, data = cut(data, HEARTBEAT)
    need(signed(key, tag("croft/heartbeat/v1") + name + beat[:148], beat[148:]), "a head's signature")
    return struct.unpack(">Q", beat[:8])[0], beat[48:80], data


def split(low, high):
    return low + (1 << ((high - low - 1).bit_length() - 1))


def range_root(low, high, start, leaves, given):
    if high <= start or low >= start + len(leaves):
        need(given, "hashes are missing")
        return given.pop(0)
    if high - low == 1:
        return leaves[low - start]
    middle = split(low, high)
    left = range_root(low, middle, start, leaves, given)
    return sha(b"\1", left, range_root(middle, high, start, leaves, given))


def old_and_new(size, low, high, whole, old_root, given):
    """RFC 6962, 2.1.2 read backwards: roots of the older tree's part and of the newer tree's part over low to high."""
    if size == high:
        node = old_root if whole else given.pop(0)
        return node, node
    middle = split(low, high)
    if size <= middle:
        old, new = old_and_new(size, low, middle, whole, old_root, given)
        return old, sha(b"\1", new, given.pop(0))
    old, new = old_and_new(size, middle, high, False, old_root, given)
    left = given.pop(0)
    return sha(b"\1", left, old), sha(b"\1", left, new)


def consistent(old_size, old_root, new_size, new_root, given):
    need(old_size <= new_size, "sizes")
    if old_size == 0:
        need(old_root == sha() and not given, "the empty head")
        return
    try:
        old, new = old_and_new(old_size, 0, new_size, True, old_root, given)
    except IndexError:
        raise Bad("hashes are missing")
    need(old == old_root and new == new_root and not given, "not one history")


def verify(name, data):
    start, data = cut(data, 2 + 14 + 1)
    need(start[:-1] == tag("croft/proof/v1"), "not a proof")
    metadata, data = framed(data, 1024)
    need(sha(metadata) == name, "another capsule")
    key = writer_key(metadata)
    size, root, data = head(name, key, data)
    if start[-1] == 1:
        count, data = cut(data, 2)
        leaves, first = [], None
        for _ in range(struct.unpack(">H", count)[0]):
            record, data = framed(data, 65535)
            need(record[:15] == b"croft/record/v1", "record header")
            sequence = struct.unpack(">Q", record[19:27])[0]
            first = sequence if first is None else first
            need(sequence == first + len(leaves), "order of records")
            need(not leaves or record[35:67] == leaves[-1], "link between records")
            leaves.append(sha(b"\0", record))
        need(leaves and first + len(leaves) <= size, "place of records")
        given = hashes(data)
        need(range_root(0, size, first, leaves, given) == root and not given, "Merkle root")
        return "records %d to %d are under the head of %d" % (first, first + len(leaves) - 1, size)
    new_size, new_root, data = head(name, key, data)
    if start[-1] == 2:
        consistent(size, root, new_size, new_root, hashes(data))
        return "the head of %d goes on from the head of %d" % (new_size, size)
    need(start[-1] == 3, "unknown type")
    need(metadata[-13] == 0, "branches are legal here")
    other, data = cut(data, HASH)
    need(other != root, "the heads agree")
    consistent(size, other, new_size, new_root, hashes(data))
    return "the writer signed two histories of %d records" % size


if __name__ == "__main__":
    try:
        print("holds:", verify(bytes.fromhex(sys.argv[1]), open(sys.argv[2], "rb").read()))
    except (Bad, OSError) as problem:
        sys.exit("rejected: %s" % problem)

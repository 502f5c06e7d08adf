#!/usr/bin/env python3
"""Checks a capsule from docs/capsule-format.md alone: python3 verify_capsule.py DIRECTORY. Exit status 0 means intact."""
import hashlib
import os
import re
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEARTBEAT = 212


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tag(text):
    return struct.pack(">H", len(text)) + text.encode()


def cut(data, length):
    need(len(data) >= length, "cut short")
    return data[:length], data[length:]


def signed(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def writer_key(metadata):
    head, rest = cut(metadata, 2 + 17)
    need(head == tag("croft/metadata/v1"), "metadata tag")
    fields = []
    for wanted in range(1, 8):
        head, rest = cut(rest, 6)
        number, length = struct.unpack(">HI", head)
        need(number == wanted, "metadata field %d" % wanted)
        value, rest = cut(rest, length)
        fields.append(value)
    need(rest == b"" and fields[6] == b"\0\1\0\1\0\1", "metadata algorithms or trailing bytes")
    need(all(len(k) == 34 and k[:2] == b"\0\1" for k in fields[:2]), "metadata key algorithms")
    return fields[1][2:]


class Tree:
    """RFC 6962 Merkle tree, right edge only: (level, hash) from the largest subtree to the smallest."""

    def __init__(self):
        self.edge = []

    def add(self, leaf):
        level = 0
        while self.edge and self.edge[-1][0] == level:
            leaf, level = sha(b"\1", self.edge.pop()[1], leaf), level + 1
        self.edge.append((level, leaf))

    def root(self):
        if not self.edge:
            return sha()
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = sha(b"\1", left, root)
        return root


def record(payload, kind, size, head, time, epochs):
    fixed, rest = cut(payload, 54)
    epoch, sequence, micros = struct.unpack(">IQQ", fixed[:20])
    need(sequence == size, "sequence %d in place of %d" % (sequence, size))
    need(fixed[20:52] == head, "link to the preceding record")
    need(micros >= time, "time runs backwards")
    need(epoch in epochs, "epoch")
    count = struct.unpack(">H", fixed[52:])[0]
    need(count <= 1024, "hash pointers")
    pointers, rest = cut(rest, 40 * count)
    length, body = cut(rest, 4)
    stored = struct.unpack(">I", length)[0]
    need(28 <= stored <= (16 << 20) + 28 and len(body) == (32 if kind == 3 else stored), "body length")
    body_hash = body if kind == 3 else sha(body)
    return sha(b"\0croft/record/v1", fixed, pointers, length, body_hash), micros, epoch


def verify(directory):
    read = lambda *path: open(os.path.join(directory, *path), "rb").read()
    metadata = read("metadata")
    name, key = sha(metadata), writer_key(metadata)
    segments = sorted(f for f in os.listdir(os.path.join(directory, "segments")) if re.fullmatch(r"\d{20}\.seg", f))
    need(segments, "no segments")
    tree, size, head, time, last, last_hash, batch = Tree(), 0, name, 0, None, name, None
    commitments = {}
    for file in segments:
        data = read("segments", file)
        edge = b"".join(h for _, h in tree.edge)
        base = b"\0" if last is None else b"\1" + last + bytes([len(tree.edge)]) + edge
        expected = tag("croft/segment/v1") + name + struct.pack(">Q", size) + base
        need(int(file[:20]) == size and (last is None or struct.unpack(">Q", last[:8])[0] == size), file + ": place")
        start, data = cut(data, len(expected))
        need(start == expected, file + ": header")
        while data:
            head5, data = cut(data, 5)
            length, kind = struct.unpack(">IB", head5)
            payload, data = cut(data, length - 1)
            if kind in (1, 3):
                allowed = [batch] if batch is not None else [epoch, epoch + 1] if last else []
                head, time, batch = record(payload, kind, size, head, time, allowed)
                tree.add(head)
                size += 1
                continue
            need(kind == 2 and length == 1 + HEARTBEAT, "frame type or length")
            count, micros = struct.unpack(">QQ", payload[:16])
            now, commitment = struct.unpack(">I", payload[112:116])[0], payload[116:148]
            need(count == size and payload[16:48] == head, "heartbeat's size or head")
            need(payload[48:80] == tree.root(), "Merkle root")
            need(payload[80:112] == last_hash, "link to the preceding heartbeat")
            need(micros >= time, "time runs backwards")
            need(now in ([batch] if batch is not None else [epoch, epoch + 1] if last else [0]), "epoch")
            need(commitments.setdefault(now, commitment) == commitment, "data key of epoch %d" % now)
            need(signed(key, tag("croft/heartbeat/v1") + name + payload[:148], payload[148:]), "signature")
            time, epoch, last, last_hash, batch = micros, now, payload, sha(payload), None
    need(last is not None and struct.unpack(">Q", last[:8])[0] == size, "records without a heartbeat at the end")
    for epoch, commitment in commitments.items():
        path = os.path.join("keys", "%010d.keys" % epoch)
        if os.path.exists(os.path.join(directory, path)):
            keys = read(path)
            start = tag("croft/keys/v1") + name + struct.pack(">I", epoch) + commitment
            need(keys[: len(start)] == start and signed(key, keys[:-64], keys[-64:]), path)
            need(len(keys) == len(start) + 2 + 112 * struct.unpack(">H", keys[len(start) :][:2])[0] + 64, path)
    return name, size


if __name__ == "__main__":
    try:
        print("intact: capsule %s, %d records" % (lambda r: (r[0].hex(), r[1]))(verify(sys.argv[1])))
    except (Bad, OSError) as problem:
        sys.exit("damaged: %s" % problem)

# SPDX-License-Identifier: Apache-2.0
"""Keys, HPKE, notes and Merkle proofs, from schemas/PROTOCOL.md sections 1, 4, 5 and 8. No code of Liaison's own."""
import base64
import hashlib
import hmac
import os
import re

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


class Refused(ValueError):
    """What these bytes are not, under the protocol's word for it."""

    def __init__(self, word, why=""):
        super().__init__(f"{word}: {why}")
        self.word = word


def need(condition, word, why=""):
    if not condition:
        raise Refused(word, why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text, validate=True)


def prefix16(word):
    return word.encode().ljust(16, b"\0")


def raw(key):
    """The 32 bytes of a public key, of either kind, given private or public."""
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def private_key(pem, passphrase):
    """An encrypted PKCS#8 file, of either kind."""
    return serialization.load_pem_private_key(pem, passphrase)


def raw_secret(key):
    return key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())


def key_id(use, public):
    return sha256(b"liaison/key/v1\0", use.encode(), public)[:8]


def signature_holds(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# The curve's prime and d, as in RFC 8032 5.1; only to look at keys, never at secrets.
PRIME = 2**255 - 19
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


def add_points(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % PRIME
    return ((x1 * y2 + x2 * y1) * pow(1 + k, PRIME - 2, PRIME) % PRIME, (y1 * y2 + x1 * x2) * pow(1 - k, PRIME - 2, PRIME) % PRIME)


def is_sound_ed25519(public):
    """A canonical point of the curve, not of small order."""
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    if len(public) != 32 or y >= PRIME:
        return False
    square = (y * y - 1) * pow(D * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x * x % PRIME != square:
        return False
    point = (x, y)   # the sign of x changes no order
    for _ in range(3):
        point = add_points(point, point)
    return point != (0, 1)


def is_sound_x25519(public):
    if len(public) != 32 or int.from_bytes(public, "little") >= PRIME:
        return False
    try:
        X25519PrivateKey.from_private_bytes(bytes(32)).exchange(X25519PublicKey.from_public_bytes(public))
        return True
    except ValueError:   # all zero
        return False


# --- HKDF (RFC 5869) and HPKE (RFC 9180), base mode, single shot ------------------------------------------------------

def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk, info, length):
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + block, i + 1
    return out[:length]


def hkdf(ikm, info, length):
    return expand(extract(b"", ikm), info, length)


KEM = b"KEM" + (0x0020).to_bytes(2, "big")
HPKE = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (0x0020, 0x0001, 0x0003))


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def hpke_context(dh, enc, recipient_public, info):
    prk = labeled_extract(KEM, b"", b"eae_prk", dh)
    shared = labeled_expand(KEM, prk, b"shared_secret", enc + recipient_public, 32)
    context = b"\0" + labeled_extract(HPKE, b"", b"psk_id_hash", b"") + labeled_extract(HPKE, b"", b"info_hash", info)
    secret = labeled_extract(HPKE, shared, b"secret", b"")
    return labeled_expand(HPKE, secret, b"key", context, 32), labeled_expand(HPKE, secret, b"base_nonce", context, 12)


def hpke_seal(recipient_public, info, aad, plaintext, ephemeral=None):
    ephemeral = ephemeral or X25519PrivateKey.generate()
    enc = raw(ephemeral)
    dh = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient_public))
    key, nonce = hpke_context(dh, enc, recipient_public, info)
    return enc, ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad)


def hpke_open(recipient, enc, info, aad, ct):
    dh = recipient.exchange(X25519PublicKey.from_public_bytes(enc))  # raises ValueError for an all-zero result
    key, nonce = hpke_context(dh, enc, raw(recipient), info)
    return ChaCha20Poly1305(key).decrypt(nonce, ct, aad)


# --- sealed bodies (PROTOCOL 8) -----------------------------------------------------------------------------------------

def commitment(cek):
    return hkdf(cek, b"liaison commit v1", 32)


def pad(plaintext):
    size = 256
    while size < len(plaintext) + 1:
        size *= 2
    return plaintext + b"\x80" + bytes(size - len(plaintext) - 1)


def unpad(padded):
    stripped = padded.rstrip(b"\0")
    need(stripped and stripped[-1] == 0x80 and pad(stripped[:-1]) == padded, "E_OPEN", "padding")
    return stripped[:-1]


def stanza_info(network_id, sign_key_id, hpke_key_id):
    return prefix16("liaison/hpke/v1") + network_id + sign_key_id + hpke_key_id


def seal_body(cek, network_id, sign_key_id, header, to, plaintext):
    """to: [(hpke public key, pair_seq)], recipients in header order, then the sender's own with 0."""
    aad = sha256(header)
    body = len(to).to_bytes(2, "big")
    for public, pair_seq in to:
        kid = key_id("hpke", public)
        enc, ct = hpke_seal(public, stanza_info(network_id, sign_key_id, kid), aad, cek + pair_seq.to_bytes(8, "big"))
        body += kid + enc + ct
    return body + ChaCha20Poly1305(hkdf(cek, b"liaison body v1", 32)).encrypt(bytes(12), pad(plaintext), aad)


def is_bucket(size):
    return size in [256 << k for k in range(9)]


def split_body(body):
    """([(key_id, enc, ct)], the sealed rest)"""
    count = int.from_bytes(body[:2], "big")
    need(len(body) >= 2 + count * 96, "E_SEAL", "shorter than its stanzas")
    stanzas = [body[2 + i * 96:2 + (i + 1) * 96] for i in range(count)]
    return [(s[:8], s[8:40], s[40:]) for s in stanzas], body[2 + count * 96:]


def check_stanzas(body, expected):
    """What anybody sees: exactly these key_ids in this order, and a rest of a length that exists."""
    stanzas, rest = split_body(body)
    need([s[0] for s in stanzas] == expected, "E_SEAL", "other keys, or another order")
    need(is_bucket(len(rest) - 16), "E_SEAL", "a length that does not exist")


def open_rest(cek, header, committed, rest):
    need(hmac.compare_digest(commitment(cek), committed), "E_OPEN", "commitment")
    need(is_bucket(len(rest) - 16), "E_OPEN", "a length that does not exist")
    try:
        return unpad(ChaCha20Poly1305(hkdf(cek, b"liaison body v1", 32)).decrypt(bytes(12), rest, sha256(header)))
    except InvalidTag:
        raise Refused("E_OPEN", "the body") from None


def open_body(hpke_key, network_id, sign_key_id, header, committed, body):
    """(plaintext, pair_seq, cek); Refused with E_OPEN otherwise."""
    mine = key_id("hpke", raw(hpke_key))
    try:
        stanzas, rest = split_body(body)
    except Refused:
        raise Refused("E_OPEN", "shorter than its stanzas") from None
    found = [s for s in stanzas if s[0] == mine]
    need(len(found) == 1 and len({s[0] for s in stanzas}) == len(stanzas), "E_OPEN", "no stanza, or one twice")
    try:
        opened = hpke_open(hpke_key, found[0][1], stanza_info(network_id, sign_key_id, mine), sha256(header), found[0][2])
    except (InvalidTag, ValueError):
        raise Refused("E_OPEN", "the stanza") from None
    cek, pair_seq = opened[:32], int.from_bytes(opened[32:], "big")
    return open_rest(cek, header, committed, rest), pair_seq, cek


# --- notes (C2SP signed-note) -------------------------------------------------------------------------------------------

def vkey_hash(name, kind, public):
    return sha256(name.encode(), b"\n", bytes([kind]), public)[:4]


def make_vkey(name, kind, public):
    return f"{name}+{vkey_hash(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def is_key_name(name):
    return name != "" and "+" not in name and not any(ch.isspace() or ch < " " for ch in name)


def parse_vkey(text):
    """(name, hash4, type, key)"""
    name, digest, rest = (text.split("+", 2) + ["", ""])[:3]
    try:
        data = unb64(rest)
    except ValueError:
        data = b""
    need(is_key_name(name) and len(data) == 33 and data[0] in (1, 4) and is_sound_ed25519(data[1:]), "E_NOTE", "verifier key")
    need(make_vkey(name, data[0], data[1:]) == text, "E_NOTE", "the hash of a verifier key, or its base64")
    return name, bytes.fromhex(digest), data[0], data[1:]


def split_note(note):
    """(text, [(name, hash4, signature)])"""
    need(len(note.encode("utf-8", "surrogatepass")) <= 1 << 20, "E_NOTE", "too long")
    need(all(ch >= " " or ch == "\n" for ch in note), "E_NOTE", "a control character")
    at = note.rfind("\n\n")
    need(at >= 0 and at + 2 < len(note) and note.endswith("\n"), "E_NOTE", "no signature lines after an empty line")
    text, lines = note[:at + 1], note[at + 2:-1].split("\n")
    need(len(lines) <= 100, "E_NOTE", "more than 100 signatures")
    signatures = []
    for line in lines:
        dash, name, data = (line.split(" ", 2) + ["", ""])[:3]
        need(dash == "\u2014" and is_key_name(name), "E_NOTE", "signature line")
        try:
            raw_bytes = unb64(data)
        except ValueError:
            raw_bytes = b""
        need(len(raw_bytes) >= 5 and b64(raw_bytes) == data, "E_NOTE", "a signature's base64")
        signatures.append((name, raw_bytes[:4], raw_bytes[4:]))
    return text, signatures


def note_state(note, vkey):
    """Of this key: "none", "holds", or "broken", which condemns the note."""
    name, digest, kind, public = parse_vkey(vkey)
    text, signatures = split_note(note)
    mine = [s for n, h, s in signatures if n == name and h == digest]
    if not mine:
        return "none"
    return "holds" if kind == 1 and all(len(s) == 64 and signature_holds(public, s, text.encode()) for s in mine) else "broken"


def note_signed_by(note, vkey):
    return note_state(note, vkey) == "holds"


def sign_note(text, name, key):
    digest = vkey_hash(name, 1, raw(key))
    return f"\u2014 {name} {b64(digest + key.sign(text.encode()))}\n"


# --- Merkle log (RFC 9162 2.1) and checkpoints ----------------------------------------------------------------------------

def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def root_of(hashes):
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(root_of(hashes[:k]), root_of(hashes[k:]))


def inclusion_path(hashes, index):
    """RFC 9162 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < k:
        return inclusion_path(hashes[:k], index) + [root_of(hashes[k:])]
    return inclusion_path(hashes[k:], index - k) + [root_of(hashes[:k])]


def consistency_path(first, hashes, whole=True):
    """RFC 9162 2.1.4.1."""
    if first == len(hashes):
        return [] if whole else [root_of(hashes)]
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    if first <= k:
        return consistency_path(first, hashes[:k], whole) + [root_of(hashes[k:])]
    return consistency_path(first - k, hashes[k:], False) + [root_of(hashes[:k])]


class Tree:
    """Leaf hashes in their order. Keeps the root of each full subtree, so that the root of any size and any path cost a few hashes."""

    def __init__(self, hashes=()):
        self.levels = [[]]
        for one in hashes:
            self.append(one)

    def __len__(self):
        return len(self.levels[0])

    def append(self, leaf):
        self.levels[0].append(leaf)
        level = 0
        while len(self.levels[level]) % 2 == 0:
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(node_hash(*self.levels[level][-2:]))
            level += 1

    def cut(self, size):
        """Back to its first leaves."""
        for level, roots in enumerate(self.levels):
            del roots[size >> level:]

    def between(self, start, end):
        """The root of these leaves, whose start is one of a subtree of this size."""
        size = end - start
        if size & (size - 1) == 0:
            return self.levels[size.bit_length() - 1][start // size]
        k = 1 << (size.bit_length() - 1)
        return node_hash(self.between(start, start + k), self.between(start + k, end))

    def root(self, size=None):
        size = len(self) if size is None else size
        return self.between(0, size) if size else sha256()

    def path(self, index, size):
        """RFC 9162 2.1.3.1."""
        out, start, end = [], 0, size
        while end - start > 1:
            k = 1 << ((end - start - 1).bit_length() - 1)
            left = index < start + k
            out.insert(0, self.between(start + k, end) if left else self.between(start, start + k))
            start, end = (start, start + k) if left else (start + k, end)
        return out


def inclusion_holds(leaf, index, size, path, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistency_holds(first, second, first_root, second_root, proof):
    if first > second or (first == 0 and first_root != sha256()):
        return False
    if first == 0 or first == second:
        return not proof and (first == 0 or first_root == second_root)
    if not proof:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def parse_leaf(leaf):
    need(len(leaf) == 52 and leaf[0] == 1 and 1 <= leaf[1] <= 5, "E_FORMAT", "leaf")
    out = {"class": leaf[1], "verdict": int.from_bytes(leaf[2:4], "big"), "index": int.from_bytes(leaf[4:12], "big"),
           "accept_time_ms": int.from_bytes(leaf[12:20], "big"), "hash": leaf[20:]}
    need(out["index"] <= 1 << 62 and out["accept_time_ms"] <= 1 << 62, "E_FORMAT", "a number out of range")
    need(out["verdict"] == 0 or (out["class"] == 1 and 20 <= out["verdict"] <= 27), "E_FORMAT", "a verdict that the class cannot have")
    return out


def open_checkpoint(note, log_vkey):
    """(size, root)"""
    try:
        signed, text = note_signed_by(note, log_vkey), split_note(note)[0]
    except Refused as why:
        raise Refused("E_CHECKPOINT", str(why)) from None
    need(signed, "E_CHECKPOINT", "signature")
    lines = text[:-1].split("\n")
    need(len(lines) == 3 and lines[0] == parse_vkey(log_vkey)[0], "E_CHECKPOINT", "form")
    need(re.fullmatch(r"0|[1-9][0-9]{0,19}", lines[1]) and int(lines[1]) <= 1 << 62, "E_CHECKPOINT", "size")
    try:
        root = unb64(lines[2])
    except ValueError:
        root = b""
    need(len(root) == 32 and b64(root) == lines[2], "E_CHECKPOINT", "root")
    return int(lines[1]), root


def new_signing_key():
    return Ed25519PrivateKey.generate()


def new_agreement_key():
    return X25519PrivateKey.generate()


def agreement_key(secret):
    return X25519PrivateKey.from_private_bytes(secret)


def pem(key, passphrase):
    """As encrypted PKCS#8."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase))


def random_bytes(count):
    return os.urandom(count)

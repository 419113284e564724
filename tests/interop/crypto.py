# SPDX-License-Identifier: Apache-2.0
"""Keys, HPKE, notes and Merkle proofs, from schemas/PROTOCOL.md sections 2, 5, 6 and 8. No code of Liaison's own."""
import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


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
    if not stripped or stripped[-1] != 0x80 or pad(stripped[:-1]) != padded:
        raise ValueError("E_OPEN: padding")
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


def split_body(body):
    count = int.from_bytes(body[:2], "big")
    stanzas = [body[2 + i * 96:2 + (i + 1) * 96] for i in range(count)]
    return [(s[:8], s[8:40], s[40:]) for s in stanzas], body[2 + count * 96:]


def open_body(hpke_key, network_id, sign_key_id, header, committed, body):
    """(plaintext, pair_seq, cek); ValueError with E_OPEN otherwise."""
    mine = key_id("hpke", raw(hpke_key))
    stanzas, sealed = split_body(body)
    found = [s for s in stanzas if s[0] == mine]
    if len(found) != 1 or len({s[0] for s in stanzas}) != len(stanzas):
        raise ValueError("E_OPEN: stanza")
    aad = sha256(header)
    try:
        opened = hpke_open(hpke_key, found[0][1], stanza_info(network_id, sign_key_id, mine), aad, found[0][2])
        cek, pair_seq = opened[:32], int.from_bytes(opened[32:], "big")
        if not hmac.compare_digest(commitment(cek), committed):
            raise ValueError("E_OPEN: commitment")
        padded = ChaCha20Poly1305(hkdf(cek, b"liaison body v1", 32)).decrypt(bytes(12), sealed, aad)
    except InvalidTag:
        raise ValueError("E_OPEN: does not open") from None
    return unpad(padded), pair_seq, cek


# --- notes (C2SP signed-note) -------------------------------------------------------------------------------------------

def vkey_hash(name, kind, public):
    return sha256(name.encode(), b"\n", bytes([kind]), public)[:4]


def make_vkey(name, kind, public):
    return f"{name}+{vkey_hash(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def parse_vkey(text):
    name, digest, rest = text.split("+", 2)
    data = unb64(rest)
    if vkey_hash(name, data[0], data[1:]).hex() != digest:
        raise ValueError("E_NOTE: verifier key")
    return name, bytes.fromhex(digest), data[0], data[1:]


def split_note(note):
    """(text, [(name, hash4, signature)])"""
    at = note.rindex("\n\n")
    text, lines = note[:at + 1], note[at + 2:].splitlines()
    signatures = []
    for line in lines:
        dash, name, data = line.split(" ")
        if dash != "\u2014":
            raise ValueError("E_NOTE: signature line")
        data = unb64(data)
        signatures.append((name, data[:4], data[4:]))
    return text, signatures


def note_signed_by(note, vkey):
    name, digest, _, public = parse_vkey(vkey)
    text, signatures = split_note(note)
    return any(n == name and h == digest and signature_holds(public, s, text.encode()) for n, h, s in signatures)


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
    if first == 0 or first == second:
        return not proof and (first == 0 or first_root == second_root)
    if first > second or not proof:
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
    if len(leaf) != 52 or leaf[0] != 1:
        raise ValueError("E_FORMAT: leaf")
    return {"class": leaf[1], "verdict": int.from_bytes(leaf[2:4], "big"), "index": int.from_bytes(leaf[4:12], "big"),
            "accept_time_ms": int.from_bytes(leaf[12:20], "big"), "hash": leaf[20:]}


def open_checkpoint(note, log_vkey):
    if not note_signed_by(note, log_vkey):
        raise ValueError("E_CHECKPOINT: signature")
    lines = split_note(note)[0].splitlines()
    if len(lines) != 3 or lines[0] != parse_vkey(log_vkey)[0]:
        raise ValueError("E_CHECKPOINT: form")
    return int(lines[1]), unb64(lines[2])


def new_signing_key():
    return Ed25519PrivateKey.generate()


def new_agreement_key():
    return X25519PrivateKey.generate()


def random_bytes(count):
    return os.urandom(count)

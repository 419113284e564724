// SPDX-License-Identifier: Apache-2.0
#include "security/note.h"

#include <algorithm>
#include <array>

#include "security/hash.h"

namespace liaison {
namespace {

constexpr std::size_t kNoteBytesMax = 1024 * 1024;
constexpr std::size_t kNoteSignaturesMax = 100;
constexpr std::string_view kLinePrefix = "\xE2\x80\x94 ";  // em dash, space

Error bad(std::string what) { return fail(Code::kNote, std::move(what)); }

// The code point at the front of `text`, which is then moved past it; nothing for bytes that are not UTF-8.
std::optional<char32_t> next_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return std::nullopt;
  constexpr std::array<unsigned, 5> kFirstBits{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = first & kFirstBits[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

bool is_space(char32_t p) {
  return (p >= 0x09 && p <= 0x0D) || p == 0x20 || p == 0x85 || p == 0xA0 || p == 0x1680 || (p >= 0x2000 && p <= 0x200A) ||
         p == 0x2028 || p == 0x2029 || p == 0x202F || p == 0x205F || p == 0x3000;
}

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto point = next_code_point(name);
    if (!point || *point < 0x20 || *point == '+' || is_space(*point)) return false;
  }
  return true;
}

bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const auto point = next_code_point(text);
    if (!point || (*point < 0x20 && *point != '\n')) return false;
  }
  return true;
}

Bytes typed_key(std::uint8_t type, const PublicKey& key) {
  Bytes out{type};
  put(out, key);
  return out;
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kLinePrefix)) return bad("a signature line does not begin with a dash and a space");
  line.remove_prefix(kLinePrefix.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return bad("a signature line has no signature");
  const std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) return bad("a signature line has no proper key name");
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return bad("a signature is not base64 of more than four bytes");
  return NoteSignature{std::string(name), get_u32(bytes->data()), Bytes(bytes->begin() + 4, bytes->end())};
}

Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines) {
  std::vector<NoteSignature> out;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == std::string_view::npos) return bad("the last signature line has no end");
    if (out.size() == kNoteSignaturesMax) return bad("more than 100 signatures");
    out.push_back(TRY(parse_signature_line(lines.substr(0, end))));
    lines.remove_prefix(end + 1);
  }
  return out;
}

// A draft is the bare text, or the text and the empty line that the signatures will follow.
std::optional<SignedNote> draft_note(std::string_view bytes) {
  if (bytes.ends_with("\n\n")) return SignedNote{std::string(bytes.substr(0, bytes.size() - 1)), {}};
  if (bytes.ends_with('\n') && bytes.find("\n\n") == std::string_view::npos) return SignedNote{std::string(bytes), {}};
  return std::nullopt;
}

bool holds(const SignedNote& note, const NoteSignature& signature, const VerifierKey& key) {
  const auto bytes = array_from<Signature>(signature.bytes);
  return bytes && verify_signature(key.key, view_of(note.text), *bytes);
}

enum class Signed { kNot, kHolds, kBroken };
Signed state_of(const SignedNote& note, const VerifierKey& key) {
  auto state = Signed::kNot;
  for (const auto& signature : note.signatures) {
    if (signature.name != key.name || signature.hash4 != key.hash4) continue;
    if (key.type != kVkeyEd25519 || !holds(note, signature, key)) return Signed::kBroken;
    state = Signed::kHolds;
  }
  return state;
}

}  // namespace

std::string VerifierKey::text() const {
  Bytes hash;
  put_u32(hash, hash4);
  return name + '+' + hex(hash) + '+' + base64(typed_key(type, key));
}

VerifierKey make_verifier_key(std::string name, std::uint8_t type, const PublicKey& key) {
  const std::string head = name + '\n';
  const Hash hash = sha256({view_of(head), View(typed_key(type, key))});
  return {std::move(name), get_u32(hash.data()), type, key};
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  const auto name_end = text.find('+');
  const auto hash_end = name_end == std::string_view::npos ? name_end : text.find('+', name_end + 1);
  if (hash_end == std::string_view::npos) return bad("a verifier key is not of the form name+hash+key");
  const std::string_view name = text.substr(0, name_end);
  if (!is_key_name(name)) return bad("a verifier key has no proper name");
  const auto typed = from_base64(text.substr(hash_end + 1));
  if (!typed || typed->size() != 33) return bad("a verifier key is not base64 of a type and 32 bytes");
  const std::uint8_t type = typed->front();
  if (type != kVkeyEd25519 && type != kVkeyCosignature) return bad("a verifier key is of a type other than 1 or 4");
  const auto key = array_from<PublicKey>(View(*typed).subspan(1));
  if (!is_sound_ed25519(*key)) return bad("a verifier key is not canonical or of small order");
  auto out = make_verifier_key(std::string(name), type, *key);
  if (out.text() != text) return bad("the hash of a verifier key does not fit its name and key");
  return out;
}

std::string SignedNote::str() const {
  std::string out = text + '\n';
  for (const auto& signature : signatures) {
    Bytes bytes;
    put_u32(bytes, signature.hash4);
    put(bytes, signature.bytes);
    out.append(kLinePrefix).append(signature.name).append(" ").append(base64(bytes)).append("\n");
  }
  return out;
}

Hash SignedNote::text_hash() const { return sha256(view_of(text)); }

Result<SignedNote> parse_note(std::string_view bytes, DraftNote draft) {
  if (bytes.size() > kNoteBytesMax) return bad("the note is longer than 1 MiB");
  if (!is_note_text(bytes)) return bad("the note is not UTF-8 text without control characters");
  const auto split = bytes.rfind("\n\n");
  const bool has_lines = split != std::string_view::npos && split + 2 < bytes.size();
  if (!has_lines) {
    if (draft == DraftNote::kAllowed) {
      if (auto note = draft_note(bytes)) return *std::move(note);
    }
    return bad("the note has no signature lines after an empty line");
  }
  auto signatures = TRY(parse_signatures(bytes.substr(split + 2)));
  return SignedNote{std::string(bytes.substr(0, split + 1)), std::move(signatures)};
}

void sign_note(SignedNote& note, const VerifierKey& as, const SigningKey& key) {
  CHECK(as.type == kVkeyEd25519 && as.key == key.public_key());
  CHECK(note.text.ends_with('\n'));
  std::erase_if(note.signatures, [&](const auto& s) { return s.name == as.name && s.hash4 == as.hash4; });
  const Signature signature = key.sign(view_of(note.text));
  note.signatures.push_back({as.name, as.hash4, bytes_of(signature)});
}

bool note_signed_by(const SignedNote& note, const VerifierKey& key) { return state_of(note, key) == Signed::kHolds; }

std::size_t note_signers(const SignedNote& note, const std::vector<VerifierKey>& keys) {
  std::vector<PublicKey> signers;
  for (const auto& key : keys) {
    switch (state_of(note, key)) {
      case Signed::kNot: break;
      case Signed::kBroken: return 0;  // C2SP: a broken signature of a known key condemns the whole note
      case Signed::kHolds:
        if (std::find(signers.begin(), signers.end(), key.key) == signers.end()) signers.push_back(key.key);
    }
  }
  return signers.size();
}

}  // namespace liaison

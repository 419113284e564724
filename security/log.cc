// SPDX-License-Identifier: Apache-2.0
#include "security/log.h"

#include <charconv>

#include "security/hash.h"

namespace liaison {
namespace {

constexpr std::uint8_t kLeafVersion = 0x01;
constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};

std::optional<LeafClass> leaf_class_from(std::uint8_t number) {
  if (number < 1 || number > 5) return std::nullopt;
  return static_cast<LeafClass>(number);
}

// Only a signed frame can be a refused entry.
std::optional<Code> verdict_from(LeafClass leaf_class, std::uint16_t number) {
  const auto code = code_from_wire(number);
  if (!code || *code == Code::kAccepted) return code;
  if (leaf_class == LeafClass::kFrame && is_refused_entry(*code)) return code;
  return std::nullopt;
}

Error bad_checkpoint(std::string what) { return fail(Code::kCheckpoint, std::move(what)); }

// The next line without its end; `text` moves past it. Nothing when no line is left.
std::optional<std::string_view> next_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || std::to_string(size) != text) return std::nullopt;
  return size;
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  const auto origin = next_line(text);
  const auto size_line = next_line(text);
  const auto root_line = next_line(text);
  if (!origin || !size_line || !root_line) return bad_checkpoint("the checkpoint has fewer than three lines");
  if (!text.empty()) return bad_checkpoint("the checkpoint has extension lines");
  const auto size = parse_size(*size_line);
  if (!size || *size > kWireNumberMax) return bad_checkpoint("the checkpoint's size is not a decimal number, or out of range");
  const auto bytes = from_base64(*root_line);
  const auto root = bytes ? array_from<Hash>(*bytes) : std::nullopt;
  if (!root) return bad_checkpoint("the checkpoint's root is not base64 of 32 bytes");
  return Checkpoint{std::string(*origin), *size, *root};
}

}  // namespace

std::array<std::uint8_t, kLeafBytes> encode_leaf(const Leaf& leaf) {
  Bytes bytes{kLeafVersion, static_cast<std::uint8_t>(leaf.leaf_class)};
  bytes.reserve(kLeafBytes);
  put_u16(bytes, static_cast<std::uint16_t>(leaf.verdict));
  put_u64(bytes, leaf.index);
  put_u64(bytes, leaf.accept_time_ms);
  put(bytes, leaf.hash);
  return *array_from<std::array<std::uint8_t, kLeafBytes>>(bytes);
}

Result<Leaf> decode_leaf(View bytes) {
  if (bytes.size() != kLeafBytes) return fail(Code::kFormat, "a leaf is not 52 bytes long");
  if (bytes[0] != kLeafVersion) return fail(Code::kFormat, "a leaf is of an unknown version");
  const auto leaf_class = leaf_class_from(bytes[1]);
  if (!leaf_class) return fail(Code::kFormat, "a leaf is of an unknown class");
  const auto verdict = verdict_from(*leaf_class, get_u16(&bytes[2]));
  if (!verdict) return fail(Code::kFormat, "a leaf carries a verdict that no entry of its class can have");
  const Leaf leaf{*leaf_class, *verdict, get_u64(&bytes[4]), get_u64(&bytes[12]), *array_from<Hash>(bytes.subspan(20))};
  if (leaf.index > kWireNumberMax || leaf.accept_time_ms > kWireNumberMax) return fail(Code::kFormat, "a leaf carries a number out of range");
  return leaf;
}

Hash leaf_hash(View leaf_data) { return sha256({View(kLeafPrefix), leaf_data}); }

Hash node_hash(const Hash& left, const Hash& right) { return sha256({View(kNodePrefix), View(left), View(right)}); }

Hash empty_root() { return sha256(View{}); }

std::string log_origin(std::string_view network) { return std::string(network) + "/log/1"; }

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' + base64(checkpoint.root) + '\n';
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key) {
  SignedNote note{checkpoint_text(checkpoint), {}};
  sign_note(note, make_verifier_key(checkpoint.origin, kVkeyEd25519, log_key.public_key()), log_key);
  return note.str();
}

Result<Checkpoint> open_checkpoint(std::string_view note_bytes, const VerifierKey& log_key) {
  auto note = parse_note(note_bytes);
  if (!note) return bad_checkpoint(note.error().what);
  if (!note_signed_by(*note, log_key)) return bad_checkpoint("the checkpoint is not signed by the log's key");
  auto checkpoint = TRY(parse_checkpoint_text(note->text));
  if (checkpoint.origin != log_key.name) return bad_checkpoint("the checkpoint is of another log");
  return checkpoint;
}

}  // namespace liaison

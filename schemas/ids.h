// SPDX-License-Identifier: Apache-2.0
// Byte strings and names that everything else speaks of, with how they print and parse. No state, no I/O.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"

namespace liaison {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

using Hash = std::array<std::uint8_t, 32>;   // SHA-256
using KeyId = std::array<std::uint8_t, 8>;   // PROTOCOL 2: a lookup hint; the roster's key decides
using Signature = std::array<std::uint8_t, 64>;
using MessageId = Hash;                      // PROTOCOL 2: SHA256("liaison/id/v1\0" | to_sign)

inline constexpr Hash kZeroHash{};

// Milliseconds since 1970-01-01 UTC.
using TimeMs = std::uint64_t;
inline constexpr TimeMs kDayMs = 86'400'000;

// Beyond this no clock or counter of the exchange reaches; the bound keeps every sum in range and every number storable.
inline constexpr std::uint64_t kWireNumberMax = 1ULL << 62;

// Members, key names, broker names, rule names: [A-Za-z0-9._-]{1,32}.
bool is_id(std::string_view text);

// A committee's id as the roster prints it ("1540"). Always a valid id; ordered bytewise.
class MemberId {
 public:
  MemberId() = default;
  static std::optional<MemberId> parse(std::string_view text);
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const MemberId&) const = default;

 private:
  explicit MemberId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

inline View view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(View bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytes_of(View bytes) { return {bytes.begin(), bytes.end()}; }

// A fixed array from a view of exactly its size; nothing for any other size.
template <class Array>
std::optional<Array> array_from(View bytes) {
  Array out{};
  if (bytes.size() != out.size()) return std::nullopt;
  std::memcpy(out.data(), bytes.data(), out.size());
  return out;
}

// Lower-case hexadecimal, and back (either case); nothing for odd lengths or other characters.
std::string hex(View bytes);
std::optional<Bytes> from_hex(std::string_view text);
// 64 hex digits in groups of four, for reading aloud (PROTOCOL 1, genesis fingerprint).
std::string spoken(const Hash& hash);
// Standard padded base64 (RFC 4648 section 4); decoding accepts the canonical form only.
std::string base64(View bytes);
std::optional<Bytes> from_base64(std::string_view text);
// Z85 (ZeroMQ RFC 32), 32 bytes <-> 40 characters here; nothing when the text is not canonical.
std::string z85(View bytes);
std::optional<Bytes> from_z85(std::string_view text);

// "2026-11-23T09:30:00Z" (RFC 3339, UTC, whole seconds) and with milliseconds "2026-11-23T09:30:00.123Z".
// A time after the year 9999 prints as that year's last moment.
std::string rfc3339(TimeMs time_ms);
std::string rfc3339_millis(TimeMs time_ms);
// Accepts exactly the first form. Nothing for a day that does not exist.
std::optional<TimeMs> from_rfc3339(std::string_view text);
// The same, or with milliseconds: "2027-03-08T09:30:00.250Z".
std::optional<TimeMs> parse_time(std::string_view text);

// Big-endian integers, as every integer outside FlatBuffers (PROTOCOL, preamble).
void put_u16(Bytes& out, std::uint16_t value);
void put_u32(Bytes& out, std::uint32_t value);
void put_u64(Bytes& out, std::uint64_t value);
std::uint16_t get_u16(const std::uint8_t* at);
std::uint32_t get_u32(const std::uint8_t* at);
std::uint64_t get_u64(const std::uint8_t* at);
inline void put(Bytes& out, View bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace liaison

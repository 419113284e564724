// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace liaison {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kZ85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The position of each character in an alphabet, -1 elsewhere.
std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return out;
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

constexpr TimeMs kLastPrintable = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

std::string rfc3339_of(TimeMs time_ms, bool millis) {
  using namespace std::chrono;
  time_ms = std::min(time_ms, kLastPrintable);
  const auto seconds_total = static_cast<std::int64_t>(time_ms / 1000);
  const sys_days day{days{seconds_total / 86'400}};
  const year_month_day date{day};
  const auto rest = seconds_total % 86'400;
  char text[48];
  const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(rest / 3600),
                                   static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  std::string out(text, static_cast<std::size_t>(length));
  if (millis) {
    std::snprintf(text, sizeof text, ".%03u", static_cast<unsigned>(time_ms % 1000));
    out += text;
  }
  return out + "Z";
}

}  // namespace

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > 32) return false;
  for (const char c : text) {
    const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!good) return false;
  }
  return true;
}

std::optional<MemberId> MemberId::parse(std::string_view text) {
  if (!is_id(text)) return std::nullopt;
  return MemberId(std::string(text));
}

std::string hex(View bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

std::string spoken(const Hash& hash) {
  const std::string digits = hex(hash);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 4) out += (i == 0 ? "" : " ") + digits.substr(i, 4);
  return out;
}

std::string base64(View bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t word = static_cast<std::uint32_t>(bytes[i]) << 16 | (left > 1 ? static_cast<std::uint32_t>(bytes[i + 1]) << 8 : 0U) |
                               (left > 2 ? bytes[i + 2] : 0U);
    out += kBase64[word >> 18];
    out += kBase64[word >> 12 & 63];
    out += left > 1 ? kBase64[word >> 6 & 63] : '=';
    out += left > 2 ? kBase64[word & 63] : '=';
  }
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  static const auto kReverse = reverse(kBase64);
  if (text.size() % 4 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t pad = i + 4 == text.size() ? (text[i + 3] == '=' ? (text[i + 2] == '=' ? 2U : 1U) : 0U) : 0U;
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const int value = j >= 4 - pad ? 0 : kReverse[static_cast<unsigned char>(text[i + j])];
      if (value < 0) return std::nullopt;
      word = word << 6 | static_cast<std::uint32_t>(value);
    }
    // Canonical form only: the bits that padding drops are zero.
    if ((pad == 1 && (word & 0xff) != 0) || (pad == 2 && (word & 0xffff) != 0)) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(word >> 16));
    if (pad < 2) out.push_back(static_cast<std::uint8_t>(word >> 8));
    if (pad < 1) out.push_back(static_cast<std::uint8_t>(word));
  }
  return out;
}

std::string z85(View bytes) {
  CHECK(bytes.size() % 4 == 0);
  std::string out;
  out.reserve(bytes.size() / 4 * 5);   // whole from the start: a secret key must leave no piece in a buffer that was outgrown
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = get_u32(bytes.data() + i);
    char five[5];
    for (int j = 4; j >= 0; --j) {
      five[j] = kZ85[word % 85];
      word /= 85;
    }
    out.append(five, 5);
  }
  return out;
}

std::optional<Bytes> from_z85(std::string_view text) {
  static const auto kReverse = reverse(kZ85);
  if (text.size() % 5 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 5 * 4);   // as above
  for (std::size_t i = 0; i < text.size(); i += 5) {
    std::uint64_t word = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      const int value = kReverse[static_cast<unsigned char>(text[i + j])];
      if (value < 0) return std::nullopt;
      word = word * 85 + static_cast<std::uint64_t>(value);
    }
    if (word > 0xffff'ffffULL) return std::nullopt;
    put_u32(out, static_cast<std::uint32_t>(word));
  }
  return out;
}

std::string rfc3339(TimeMs time_ms) { return rfc3339_of(time_ms, false); }
std::string rfc3339_millis(TimeMs time_ms) { return rfc3339_of(time_ms, true); }

std::optional<TimeMs> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') {
    return std::nullopt;
  }
  for (const auto& [at, length] : {std::pair{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}) {
    if (!all_digits(text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length)))) return std::nullopt;
  }
  const year_month_day date{year{number(text.substr(0, 4))}, month{static_cast<unsigned>(number(text.substr(5, 2)))},
                            day{static_cast<unsigned>(number(text.substr(8, 2)))}};
  const int hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)), second = number(text.substr(17, 2));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days_since = sys_days{date}.time_since_epoch().count();
  if (days_since < 0) return std::nullopt;
  return (static_cast<TimeMs>(days_since) * 86'400 + static_cast<TimeMs>(hour * 3600 + minute * 60 + second)) * 1000;
}

std::optional<TimeMs> parse_time(std::string_view text) {
  if (text.size() != 24) return from_rfc3339(text);
  if (text[19] != '.' || text[23] != 'Z' || !all_digits(text.substr(20, 3))) return std::nullopt;
  const auto second = from_rfc3339(std::string(text.substr(0, 19)) + "Z");
  return second ? std::optional(*second + static_cast<TimeMs>(number(text.substr(20, 3)))) : std::nullopt;
}

void put_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put_u32(Bytes& out, std::uint32_t value) {
  put_u16(out, static_cast<std::uint16_t>(value >> 16));
  put_u16(out, static_cast<std::uint16_t>(value));
}
void put_u64(Bytes& out, std::uint64_t value) {
  put_u32(out, static_cast<std::uint32_t>(value >> 32));
  put_u32(out, static_cast<std::uint32_t>(value));
}
std::uint16_t get_u16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
std::uint32_t get_u32(const std::uint8_t* at) { return static_cast<std::uint32_t>(get_u16(at)) << 16 | get_u16(at + 2); }
std::uint64_t get_u64(const std::uint8_t* at) { return static_cast<std::uint64_t>(get_u32(at)) << 32 | get_u32(at + 4); }

}  // namespace liaison

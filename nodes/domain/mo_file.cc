// SPDX-License-Identifier: Apache-2.0
#include "nodes/domain/mo_file.h"

#include <algorithm>
#include <utility>

#include "security/durable.h"

namespace liaison {
namespace {

constexpr std::uint32_t kMagic = 0x950412de;
constexpr std::uint32_t kMagicTurned = 0xde120495;
constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kRowBytes = 8;   // of a table: a length and an offset

// The header is lines such as "Content-Type: text/plain; charset=UTF-8".
bool names_other_charset(std::string_view header) {
  constexpr std::string_view kKey = "charset=";
  const auto at = header.find(kKey);
  if (at == std::string_view::npos) return false;
  std::string charset(header.substr(at + kKey.size(), 5));
  for (char& c : charset) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return charset != "UTF-8";
}

}  // namespace

// What a number in the file says, and whether what it points at is there.
class MoFile::Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  // The caller has seen that four bytes are there.
  std::uint32_t number(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[at + (big_endian_ ? i : 3 - i)]);
      value = (value << 8U) | byte;
    }
    return value;
  }
  Result<void> begin() {
    if (bytes_.size() < kHeaderBytes) return fail(Code::kFormat, "the file is shorter than the header of a .mo file");
    if (number(0) != kMagic && number(0) != kMagicTurned) return fail(Code::kFormat, "the file does not begin as a .mo file does");
    big_endian_ = number(0) == kMagicTurned;
    if (number(4) != 0) return fail(Code::kFormat, "the .mo file has revision " + std::to_string(number(4)) + ", and 0 is known");
    return {};
  }
  bool holds(std::uint64_t at, std::uint64_t length) const { return at <= bytes_.size() && length <= bytes_.size() - at; }

  // A string up to its first NUL: what follows that one are plural forms. Its last NUL is not counted in the length.
  Result<Span> string(std::size_t row) const {
    const std::uint64_t length = number(row);
    const std::uint64_t at = number(row + 4);
    if (!holds(at, length + 1)) return fail(Code::kFormat, "a string of the .mo file lies outside of it");
    if (bytes_[at + length] != '\0') return fail(Code::kFormat, "a string of the .mo file has no end");
    const auto first = bytes_.substr(at, length).find('\0');
    return Span{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(std::min<std::uint64_t>(length, first))};
  }
  Result<std::vector<Entry>> entries() const {
    const std::uint64_t count = number(8), texts = number(12), translations = number(16);
    if (!holds(texts, count * kRowBytes) || !holds(translations, count * kRowBytes)) {
      return fail(Code::kFormat, "a table of the .mo file lies outside of it");
    }
    std::vector<Entry> out;
    out.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Span text = TRY(string(texts + i * kRowBytes));
      const Span translation = TRY(string(translations + i * kRowBytes));
      out.push_back({text, translation});
    }
    return out;
  }

 private:
  std::string_view bytes_;
  bool big_endian_ = false;
};

Result<MoFile> MoFile::parse(std::string bytes) {
  if (bytes.size() > kBytesMax) return fail(Code::kSize, "the .mo file is longer than " + std::to_string(kBytesMax) + " bytes");
  Reader reader(bytes);
  TRY(reader.begin());
  auto entries = TRY(reader.entries());
  MoFile file(std::move(bytes), std::move(entries));
  std::stable_sort(file.entries_.begin(), file.entries_.end(),
                   [&file](const Entry& a, const Entry& b) { return file.view(a.text) < file.view(b.text); });
  if (names_other_charset(file.find(""))) return fail(Code::kFormat, "the .mo file is not in UTF-8");
  return file;
}

Result<MoFile> MoFile::read(const std::filesystem::path& file) {
  auto bytes = TRY(read_file(file, kBytesMax));
  auto parsed = parse(std::move(bytes));
  if (!parsed) return within(file.string(), parsed.error());
  return parsed;
}

std::string_view MoFile::find(std::string_view text) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), text,
                                   [this](const Entry& entry, std::string_view wanted) { return view(entry.text) < wanted; });
  return at != entries_.end() && view(at->text) == text ? view(at->translation) : std::string_view();
}

}  // namespace liaison

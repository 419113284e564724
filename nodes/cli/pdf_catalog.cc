// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/pdf_catalog.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "nodes/cli/paper.h"

namespace liaison {
namespace {

// The number behind the last `name`.
std::optional<std::size_t> number_after(std::string_view text, std::string_view name) {
  auto at = text.rfind(name);
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_not_of(" \n", at + name.size());
  std::size_t number = 0;
  if (at == std::string_view::npos || std::from_chars(text.data() + at, text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

struct Trailer { std::size_t size = 0, root = 0, info = 0, table = 0; };

std::optional<Trailer> trailer_of(std::string_view text) {
  const auto at = text.rfind("\ntrailer");
  if (at == std::string_view::npos) return std::nullopt;
  const auto end = text.substr(at);
  const auto size = number_after(end, "/Size"), root = number_after(end, "/Root"), info = number_after(end, "/Info"), table = number_after(end, "startxref");
  if (!size || !root || !info || !table) return std::nullopt;
  return Trailer{*size, *root, *info, *table};
}

// What stands between the << and >> of an object without inner ones.
std::optional<std::string_view> dictionary_of(std::string_view text, std::size_t object) {
  const std::string head = fmt::format("\n{} 0 obj", object);
  const auto at = text.rfind(head);
  if (at == std::string_view::npos) return std::nullopt;
  const auto from = text.find("<<", at), to = text.find(">>", at);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return std::nullopt;
  const auto inner = text.substr(from + 2, to - from - 2);
  return inner.find("/Catalog") == std::string_view::npos || inner.find("<<") != std::string_view::npos ? std::nullopt : std::optional(inner);
}

}  // namespace

Result<Bytes> with_language(Bytes pdf, Language language) {
  const std::string_view text(reinterpret_cast<const char*>(pdf.data()), pdf.size());
  const auto trailer = trailer_of(text);
  const auto catalog = trailer ? dictionary_of(text, trailer->root) : std::nullopt;
  if (!catalog) return fail(Code::kInternal, "the PDF has no catalogue where one is looked for", "tell who maintains this program which Cairo it runs with");
  const std::string start = text.ends_with('\n') ? "" : "\n";
  const std::string object =
      fmt::format("{} 0 obj\n<<{}   /Lang ({})\n   /ViewerPreferences << /DisplayDocTitle true /Direction /{} >>\n>>\nendobj\n", trailer->root, *catalog,
                  word_of(language), right_to_left(language) ? "R2L" : "L2R");
  const std::size_t at = pdf.size() + start.size();
  const std::string table = fmt::format("xref\n{} 1\n{:010} 00000 n \n", trailer->root, at);
  const std::string end = fmt::format("trailer\n<< /Size {}\n   /Root {} 0 R\n   /Info {} 0 R\n   /Prev {}\n>>\nstartxref\n{}\n%%EOF\n", trailer->size,
                                      trailer->root, trailer->info, trailer->table, at + object.size());
  for (const auto* more : {&start, &object, &table, &end}) pdf.insert(pdf.end(), more->begin(), more->end());
  return pdf;
}

}  // namespace liaison

// SPDX-License-Identifier: Apache-2.0
#include "nodes/files/cells.h"

#include <algorithm>
#include <charconv>

namespace liaison {
namespace {

// What a backslash stands before in a cell.
constexpr std::string_view kCellMarks = "\\;|/:=, \t";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string trimmed_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string trimmed_piece(std::string_view text) {
  const std::string piece = trimmed_text(text);
  const std::size_t slashes = piece.size() - (piece.find_last_not_of('\\') + 1);
  const std::size_t end = std::min(text.find_first_not_of(" \t"), text.size()) + piece.size();
  return slashes % 2 == 1 && end < text.size() ? piece + text[end] : piece;
}

std::vector<std::string> split_cell(std::string_view text, char separator, std::size_t parts) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == separator && out.size() < parts) {
      out.emplace_back();
      continue;
    }
    out.back() += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) out.back() += text[++i];
  }
  return out;
}

std::vector<std::string> pieces_of(std::string_view cell, char separator) {
  std::vector<std::string> out;
  for (const std::string& piece : split_cell(cell, separator)) {
    if (std::string text = trimmed_piece(piece); !text.empty()) out.push_back(std::move(text));
  }
  return out;
}

std::string plain_piece(std::string_view piece) {
  std::string out;
  const std::string text = trimmed_piece(piece);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() && (kCellMarks.find(text[i + 1]) != std::string_view::npos || text[i + 1] == '-');
    if (escapes) ++i;
    if (!escapes || text[i] != '-') out += text[i];
  }
  return out;
}

std::string escaped_piece(std::string_view text, std::string_view marks) {
  if (text.empty()) return "\\-";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_end = i == 0 || i + 1 == text.size();
    if (is_blank(text[i]) ? at_end : text[i] == '\\' || marks.find(text[i]) != std::string_view::npos) out += '\\';
    out += text[i];
  }
  return out;
}

std::string without_guard(std::string cell) {
  const std::size_t first = cell.find_first_not_of('\'');
  if (first != 0 && first != std::string::npos && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos) cell.erase(0, 1);
  return cell;
}

std::vector<std::string> split(std::string_view text, char separator, std::size_t parts) {
  std::vector<std::string> pieces;
  while (pieces.size() + 1 < parts) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) break;
    pieces.emplace_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  pieces.emplace_back(text);
  return pieces;
}

}  // namespace liaison

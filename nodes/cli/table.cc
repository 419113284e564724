// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/table.h"

#include <algorithm>

#include "schemas/text.h"

namespace liaison {
namespace {

constexpr std::size_t kCellBytesMax = 4096;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

void print_aligned(std::ostream& out, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    const std::size_t width = display_width(cells[i]);
    if (i + 1 < cells.size()) line.append(widths[i] - std::min(width, widths[i]) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << "\n";
}

std::string csv_cell(std::string cell) {
  // Also where it begins with what would then be taken for the guard: an import takes one off (visit_rows.cc).
  const std::size_t first = cell.find_first_not_of('\'');
  if (first != std::string::npos && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos) cell.insert(0, "'");
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void print_rows(const Invocation& typed, const nlohmann::json& items, const std::vector<Column>& columns) {
  const bool csv = typed.globals().output == Output::kCsv;
  std::vector<std::string> heads;
  for (const Column& column : columns) heads.push_back(column.head);
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : items) {
    std::vector<std::string> row;
    for (const Column& column : columns) row.push_back(csv && column.machine ? column.machine(item) : column.people(item));
    rows.push_back(std::move(row));
  }
  std::ostream& out = typed.console().out;
  if (!csv) return print_table(out, heads, rows);
  print_csv_line(out, heads);
  for (const auto& row : rows) print_csv_line(out, row);
}

}  // namespace

std::string fitted(std::string_view text, std::size_t columns) {
  std::string cell = printable(text, kCellBytesMax);
  if (display_width(cell) <= columns) return cell;
  while (!cell.empty() && display_width(cell) > columns - 3) {
    while (cell.size() > 1 && is_continuation(cell.back())) cell.pop_back();
    cell.pop_back();
  }
  return cell + "...";
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string cell = fitted(text, columns);
  return cell + std::string(columns - display_width(cell), ' ');
}

std::string shown(const nlohmann::json& item, const std::string& path) { return printable(cell_of(item, path), kShownBytesMax); }

Column plain_column(std::string head, std::string path) {
  return {std::move(head), [path](const nlohmann::json& item) { return cell_of(item, path); },
          [path](const nlohmann::json& item) { return cell_of(item, path, ";"); }};
}

void print_table(std::ostream& out, const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& head : heads) widths.push_back(display_width(head));
  std::vector<std::vector<std::string>> fit;
  for (const auto& row : rows) {
    std::vector<std::string>& cells = fit.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(fitted(row[i]));
      widths[i] = std::max(widths[i], display_width(cells.back()));
    }
  }
  print_aligned(out, heads, widths);
  for (const auto& row : fit) print_aligned(out, row, widths);
}

void print_csv_line(std::ostream& out, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) out << (i == 0 ? "" : ",") << csv_cell(cells[i]);
  out << "\r\n";
}

void print_page(const Invocation& typed, const nlohmann::json& page, const std::vector<Column>& columns) {
  std::ostream& out = typed.console().out;
  const nlohmann::json items = page.is_object() && page.contains("items") ? page["items"] : page;
  const Output output = typed.globals().output;
  if (output == Output::kJson) {
    out << json_text(page, 2) << "\n";
  } else if (output == Output::kNdjson) {
    for (const auto& item : items) out << json_text(item, -1) << "\n";
  } else if (items.empty() && output == Output::kTable) {
    typed.console().say("nothing to show");
  } else {
    print_rows(typed, items, columns);
  }
  const std::string next = page.is_object() ? cell_of(page, "next") : "";
  if (!next.empty()) typed.console().say("there is more: add --cursor " + printable(next));
}

void print_object(const Invocation& typed, const nlohmann::json& object) {
  std::ostream& out = typed.console().out;
  const Output output = typed.globals().output;
  if (output == Output::kJson || output == Output::kNdjson) {
    out << json_text(object, output == Output::kJson ? 2 : -1) << "\n";
    return;
  }
  std::vector<std::string> names;
  std::vector<std::string> values;
  const nlohmann::json flat = object.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    names.push_back(pointer.substr(pointer.starts_with("/") ? 1 : 0));
    std::replace(names.back().begin(), names.back().end(), '/', '.');
    values.push_back(joined_text(value, ";"));
  }
  if (output == Output::kCsv) {
    print_csv_line(out, names);
    print_csv_line(out, values);
    return;
  }
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  for (std::size_t i = 0; i < names.size(); ++i) print_aligned(out, {names[i], printable(values[i], kCellBytesMax)}, {width, 0});
}

}  // namespace liaison

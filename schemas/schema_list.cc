// SPDX-License-Identifier: Apache-2.0
#include "schemas/message.h"

namespace liaison {
namespace {

struct Built { std::string_view kind; std::string_view id; };
// Newest first within a kind; computed from the .fbs bytes when the build is configured.
constexpr Built kBuilt[] = {
#include <schemas/schema_ids.inc>
};

}  // namespace

const std::vector<SchemaLine>& schema_list() {
  static const std::vector<SchemaLine> kList = [] {
    std::vector<SchemaLine> list;
    for (const Built& built : kBuilt) list.push_back({std::string(built.kind), *array_from<Hash>(*from_hex(built.id))});
    return list;
  }();
  return kList;
}

std::string schemas_text() {
  std::string text;
  for (const SchemaLine& line : schema_list()) text += line.kind + " " + hex(line.id) + "\n";
  return text;
}

std::optional<Hash> schema_id_of(std::string_view kind) {
  for (const SchemaLine& line : schema_list()) {
    if (line.kind == kind) return line.id;
  }
  return std::nullopt;
}

bool schema_known(std::string_view kind, const Hash& id) {
  for (const SchemaLine& line : schema_list()) {
    if (line.kind == kind && line.id == id) return true;
  }
  return false;
}

}  // namespace liaison

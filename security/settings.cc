// SPDX-License-Identifier: Apache-2.0
#include "security/settings.h"

#include <toml++/toml.h>

#include "security/durable.h"

namespace liaison {

struct Settings::Parts {
  toml::table table;
  std::string name;
  std::filesystem::path folder;
  std::set<std::string> asked;
  std::vector<std::string> problems;

  const toml::node* find(const std::string& key) {
    asked.insert(key);
    return table.at_path(key).node();
  }
  void problem(const toml::node* at, const std::string& key, const std::string& what) {
    const auto line = at == nullptr ? 1 : at->source().begin.line;
    problems.push_back(name + ":" + std::to_string(line) + ": " + key + " " + what);
  }
  bool is_section(const std::string& name_of_it) const {
    const auto first = asked.lower_bound(name_of_it + ".");
    return first != asked.end() && first->starts_with(name_of_it + ".");
  }
  void unknown_keys(const toml::table& within, const std::string& prefix) {
    for (const auto& [key, node] : within) {
      const std::string full = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      const auto* inner = node.as_table();
      if (key.str().find('.') != std::string_view::npos) {   // "a.b" in quotes is not b of [a]
        problem(&node, "unknown key", full);
      } else if (inner != nullptr && inner->empty()) {
        if (!is_section(full)) problem(&node, "unknown section", full);
      } else if (inner != nullptr) {
        unknown_keys(*inner, full);
      } else if (!asked.contains(full)) {
        problem(&node, "unknown key", full);
      }
    }
  }
};

Settings::Settings(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;
Settings::~Settings() = default;

Result<Settings> Settings::parse(std::string_view text, std::string name) {
  auto parts = std::make_unique<Parts>();
  parts->name = std::move(name);
  try {
    parts->table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(Code::kConfig, parts->name + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
                "the file must be TOML");
  }
  return Settings(std::move(parts));
}

Result<Settings> Settings::read(const std::filesystem::path& file) {
  const auto text = TRY(read_file(file, 256 * 1024));
  auto settings = TRY(parse(text, file.string()));
  settings.parts_->folder = file.parent_path();
  return settings;
}

std::string Settings::text(const std::string& key, std::string_view fallback) {
  const auto* node = parts_->find(key);
  if (node == nullptr) return std::string(fallback);
  if (const auto value = node->value_exact<std::string>()) return *value;
  parts_->problem(node, key, "must be text in quotes");
  return std::string(fallback);
}

std::string Settings::text_required(const std::string& key) {
  const auto* node = parts_->find(key);
  if (node == nullptr) parts_->problem(nullptr, key, "is missing and has no default");
  return node == nullptr ? std::string() : text(key, "");
}

std::uint64_t Settings::number(const std::string& key, std::uint64_t fallback, std::uint64_t least, std::uint64_t most) {
  const auto* node = parts_->find(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most) {
    parts_->problem(node, key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return fallback;
  }
  return static_cast<std::uint64_t>(*value);
}

bool Settings::flag(const std::string& key, bool fallback) {
  const auto* node = parts_->find(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<bool>()) return *value;
  parts_->problem(node, key, "must be true or false");
  return fallback;
}

std::string Settings::choice(const std::string& key, std::string_view fallback, const std::vector<std::string>& words) {
  const std::string value = text(key, fallback);
  std::string list;
  for (const std::string& word : words) {
    if (word == value) return value;
    list += (list.empty() ? "\"" : word == words.back() ? " or \"" : ", \"") + word + "\"";
  }
  wrong(key, "is \"" + value + "\" and must be " + list);
  return std::string(fallback);
}

std::vector<std::string> Settings::texts(const std::string& key) {
  const auto* node = parts_->find(key);
  std::vector<std::string> out;
  if (node == nullptr) return out;
  const auto* list = node->as_array();
  if (list == nullptr) parts_->problem(node, key, "must be a list of texts");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (const auto value = (*list)[i].value_exact<std::string>()) {
      out.push_back(*value);
    } else {
      parts_->problem(&(*list)[i], key, "must be a list of texts");
    }
  }
  return out;
}

std::filesystem::path Settings::path(const std::string& key, const std::filesystem::path& fallback) {
  const std::filesystem::path value = text(key, fallback.string());
  return value.empty() || value.is_absolute() ? value : parts_->folder / value;
}

void Settings::wrong(const std::string& key, const std::string& what) { parts_->problem(parts_->find(key), key, what); }

bool Settings::has(const std::string& key) const { return parts_->table.at_path(key).node() != nullptr; }

std::vector<std::string> Settings::sections(const std::string& key) {
  std::vector<std::string> out;
  const auto* table = parts_->table.at_path(key).as_table();
  if (table == nullptr) return out;
  for (const auto& [name, node] : *table) {
    if (node.is_table()) out.emplace_back(name.str());
  }
  return out;
}

Result<void> Settings::finish() {
  parts_->unknown_keys(parts_->table, "");
  if (parts_->problems.empty()) return {};
  std::string all;
  for (const auto& one : parts_->problems) all += (all.empty() ? "" : "\n") + one;
  return fail(Code::kConfig, all, "every key is described in deploy/OPERATING.md");
}

}  // namespace liaison

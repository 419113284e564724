// SPDX-License-Identifier: Apache-2.0
// A TOML file (toml++) read key by key. Every key is documented where it is parsed; a key nobody asked for is an error
// with its line. Used at start only.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "schemas/result.h"

namespace liaison {

class Settings {
 public:
  // kConfig with file and line for text that is not TOML.
  static Result<Settings> read(const std::filesystem::path& file);
  static Result<Settings> parse(std::string_view text, std::string name);
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;
  ~Settings();

  // Value of "section.key", or the default. A wrong type or a number out of range is remembered and told by finish().
  std::string text(const std::string& key, std::string_view fallback);
  std::string text_required(const std::string& key);
  std::uint64_t number(const std::string& key, std::uint64_t fallback, std::uint64_t least, std::uint64_t most);
  bool flag(const std::string& key, bool fallback);
  // One of these words.
  std::string choice(const std::string& key, std::string_view fallback, const std::vector<std::string>& words);
  std::vector<std::string> texts(const std::string& key);
  // Relative paths are taken from the configuration file's folder.
  std::filesystem::path path(const std::string& key, const std::filesystem::path& fallback);
  bool has(const std::string& key) const;
  // The names of the sections [key.NAME], sorted; what is no section is told by finish().
  std::vector<std::string> sections(const std::string& key);
  // The value was of the right type and is still wrong: told by finish() with the key's line.
  void wrong(const std::string& key, const std::string& what);

  // kConfig listing every problem, one a line, as "broker.toml:12: unknown key limits.colour": unknown keys included.
  Result<void> finish();

 private:
  struct Parts;
  explicit Settings(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace liaison

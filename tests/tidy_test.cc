// SPDX-License-Identifier: Apache-2.0
// What the compiler does not see: include directions, words and calls that do not belong, the form of every source file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kColumnsMax = 160;
constexpr std::size_t kLinesMax = 500;

struct Source {
  std::string path;                // from the top folder, as "security/frame.cc"
  std::vector<std::string> lines;
  std::vector<std::string> code;   // the same lines without comments
  bool in(std::string_view folder) const { return path.starts_with(std::string(folder) + "/"); }
  bool ends(std::string_view with) const { return path.ends_with(with); }
  bool cpp() const { return ends(".cc") || ends(".h"); }
};

// Ends the code of a line at a comment that does not stand in a string, and keeps whether a /* is still open.
std::string without_comment(const std::string& line, bool& open) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (open) {
      if (line.compare(i, 2, "*/") == 0) open = false, ++i;
      continue;
    }
    if (quote == 0 && line.compare(i, 2, "//") == 0) return out;
    if (quote == 0 && line.compare(i, 2, "/*") == 0) {
      open = true;
      continue;
    }
    if (quote != 0 && line[i] == '\\') {
      out += line[i++];
      if (i < line.size()) out += line[i];
      continue;
    }
    // A quote between digits is a separator in a number.
    const bool separator = line[i] == '\'' && quote == 0 && i > 0 && std::isalnum(static_cast<unsigned char>(line[i - 1])) != 0;
    if ((line[i] == '"' || line[i] == '\'') && !separator && (quote == 0 || quote == line[i])) quote = quote == 0 ? line[i] : 0;
    out += line[i];
  }
  return out;
}

Source read(const fs::path& file, const fs::path& top) {
  Source source{fs::relative(file, top).string(), {}, {}};
  std::ifstream in(file);
  bool open = false;
  for (std::string line; std::getline(in, line);) {
    source.code.push_back(without_comment(line, open));
    source.lines.push_back(std::move(line));
  }
  return source;
}

bool is_source(const fs::path& file) {
  static const std::set<std::string> kEndings{".cc", ".h", ".c", ".fbs", ".py", ".sh", ".cmake", ".ts", ".tsx"};
  if (kEndings.contains(file.extension().string()) || file.filename() == "CMakeLists.txt") return true;
  if (file.has_extension()) return false;
  std::ifstream in(file);
  std::string first;
  return std::getline(in, first) && first.starts_with("#!");
}

// Folders that are made, not written.
bool is_made(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with("build") || name == "node_modules" || name == "dist" || name == "corpus" || name == "__pycache__" || name == "exchange-demo";
}

const std::vector<Source>& sources() {
  static const auto all = [] {
    const fs::path top = LIAISON_SOURCE_DIR;
    std::vector<Source> out;
    for (const char* folder : {"schemas", "security", "broker", "nodes", "tests", "deploy", ".ci"}) {
      for (fs::recursive_directory_iterator at(top / folder), end; at != end; ++at) {
        if (at->is_directory() && is_made(at->path())) at.disable_recursion_pending();
        if (at->is_regular_file() && is_source(at->path()) && at->path().filename() != "tidy_test.cc") out.push_back(read(at->path(), top));
      }
    }
    out.push_back(read(top / "CMakeLists.txt", top));
    return out;
  }();
  return all;
}

using Where = std::function<bool(const Source&)>;

// Every line, of code alone or with its comments, of the sources chosen that matches.
std::string matches(const Where& where, const std::regex& pattern, bool comments) {
  std::ostringstream found;
  for (const Source& source : sources()) {
    if (!where(source)) continue;
    const auto& lines = comments ? source.lines : source.code;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (std::regex_search(lines[i], pattern)) found << "\n  " << source.path << ':' << i + 1 << ": " << source.lines[i];
    }
  }
  return found.str();
}
std::string in_code(const Where& where, const std::string& pattern) { return matches(where, std::regex(pattern, std::regex::optimize), false); }
std::string in_lines(const Where& where, const std::string& pattern) { return matches(where, std::regex(pattern, std::regex::optimize), true); }

Where cpp_in(std::string folder) {
  return [folder = std::move(folder)](const Source& s) { return s.cpp() && s.in(folder); };
}
std::string including(const std::string& what) { return R"(^\s*#\s*include\s*[<"])" + what; }

// The names of States, from the table that the programs are built with: its seventh column, where it needs no quotes.
std::string state_names() {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/nodes/domain/states.csv");
  std::string names, line, cell;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (line.find('"') != std::string::npos) continue;
    std::istringstream cells(line);
    for (int column = 0; column < 7; ++column) std::getline(cells, cell, ',');
    names += (names.empty() ? "" : "|") + std::regex_replace(cell, std::regex(R"([().*+?-])"), ".");
  }
  return names;
}

void expect_none(const std::string& found) { EXPECT_TRUE(found.empty()) << found; }

TEST(Tidy, TheTreeIsRead) {
  EXPECT_GT(sources().size(), 150U);
  EXPECT_FALSE(in_code(cpp_in("schemas"), "namespace liaison").empty());
  EXPECT_NE(state_names().find("|Kyrgyzstan|"), std::string::npos);
}

TEST(Tidy, CommentsAreToldFromCode) {
  bool open = false;
  EXPECT_EQ(without_comment("a = \"//\"; // b", open), "a = \"//\"; ");
  EXPECT_EQ(without_comment("a = 1'000; /* b", open), "a = 1'000; ");
  EXPECT_TRUE(open);
  EXPECT_EQ(without_comment("c */ d", open), " d");
  EXPECT_EQ(without_comment(R"(a = '"'; // b)", open), R"(a = '"'; )");
}

TEST(Tidy, SchemasIncludeNothingElseOfOurs) { expect_none(in_code(cpp_in("schemas"), including("(security|broker|nodes|tests)/"))); }

TEST(Tidy, SecurityIncludesSchemasAndItselfAlone) { expect_none(in_code(cpp_in("security"), including("(broker|nodes|tests)/"))); }

TEST(Tidy, BrokerAndNodesNeverIncludeEachOther) {
  expect_none(in_code(cpp_in("broker"), including("(nodes|tests)/")));
  expect_none(in_code(cpp_in("nodes"), including("(broker|tests)/")));
}

TEST(Tidy, GeneratedSchemasStayInSchemas) {
  const auto outside = [](const Source& s) { return s.cpp() && !s.in("schemas") && !s.in("tests"); };
  expect_none(in_code(outside, including(".*_generated\\.h")));
  expect_none(in_code(outside, including("flatbuffers/")));
}

TEST(Tidy, ZeroMqIsTheChannelsAlone) {
  const auto outside = [](const Source& s) { return s.cpp() && !s.path.starts_with("security/channel") && !s.in("tests"); };
  expect_none(in_code(outside, including("zmq")));
}

TEST(Tidy, CryptographicLibrariesAreSecuritysAlone) {
  const auto outside = [](const Source& s) { return s.cpp() && !s.in("security") && !s.in("tests"); };
  expect_none(in_code(outside, including("(openssl/|sodium)")));
}

TEST(Tidy, OneFileKnowsHowPaperIsDrawn) {
  const auto outside = [](const Source& s) { return s.cpp() && s.path != "nodes/cli/paper_pdf.cc"; };
  expect_none(in_code(outside, including("(pango|cairo|fontconfig|glib)")));
}

TEST(Tidy, ParsersAndClientsOfOthersAreEachInOnePlace) {
  const auto no_curl = [](const Source& s) { return s.cpp() && s.path != "nodes/connectors/curl_transfer.h"; };
  expect_none(in_code(no_curl, including("curl/")));
  expect_none(in_code([](const Source& s) { return s.cpp() && s.path != "nodes/connectors/list_xml.cc"; }, including("expat")));
}

// The connection, and the VFS below it.
TEST(Tidy, SqliteIsIncludedInSecurityOnly) {
  const auto outside = [](const Source& s) {
    return s.cpp() && s.path != "security/sqlite.cc" && s.path != "security/gathered_writes.cc" && !s.in("tests");
  };
  expect_none(in_code(outside, including("sqlite3")));
}

// std::visit is no word of the domain.
TEST(Tidy, SecurityAndBrokerKnowNothingOfTheDomain) {
  const auto without_domain = [](const Source& s) { return s.in("security") || s.in("broker"); };
  expect_none(in_lines(without_domain, R"((^|[^:A-Za-z])[Vv]isits?\b|[Cc]oncerns?\b)"));
  expect_none(in_lines(without_domain, "\\b(" + state_names() + ")\\b"));
}

// What stands behind the colon lives as long as the loop; what it was a part of does not.
TEST(Tidy, NoLoopGoesOverAPartOfATemporary) {
  expect_none(in_code([](const Source& s) { return s.cpp(); }, R"(for \(.* : \(\*[^\[]*\)\)\[)"));
}

// header.nonce is a field of the message.
TEST(Tidy, BrokerAndNodesKnowNothingOfCiphers) {
  const auto without_ciphers = [](const Source& s) { return s.cpp() && (s.in("broker") || s.in("nodes")); };
  expect_none(in_code(without_ciphers, R"(\bEVP_|(^|[^.\w])[Nn]once|[Cc]iphertext)"));
}

TEST(Tidy, EverySourceNamesItsLicenceFirst) {
  std::ostringstream found;
  for (const Source& source : sources()) {
    if (source.ends(".fbs")) continue;   // their bytes are the schema's identity
    const std::size_t at = !source.lines.empty() && source.lines[0].starts_with("#!") ? 1 : 0;
    if (source.lines.size() <= at || source.lines[at].find("SPDX-License-Identifier: Apache-2.0") == std::string::npos) found << "\n  " << source.path;
  }
  expect_none(found.str());
}

TEST(Tidy, NothingIsLeftForLater) {
  const auto all = [](const Source&) { return true; };
  expect_none(in_lines(all, R"(\b(TODO|FIXME|HACK)\b|(//|#).*\bXXX\b)"));
}

TEST(Tidy, NoTestIsLeftOut) {
  const auto tests = [](const Source& s) { return s.in("tests"); };
  expect_none(in_lines(tests, R"(GTEST_SKIP|\bDISABLED_)"));
}

// But for the few milliseconds between two looks at something: while (...) sleep_for(milliseconds(1)).
TEST(Tidy, TestsDoNotSleep) {
  const auto tests = [](const Source& s) { return s.cpp() && s.in("tests") && !s.in("tests/doubles") && !s.in("tests/bench"); };
  expect_none(in_code(tests, R"(^(?!.*while \(.*sleep_for\(.*milliseconds\([1-5]\)).*\b(sleep_for|sleep_until|usleep|nanosleep)\b|\bsleep\()"));
}

// g++ 12 does not destroy what an expression has made when a return jumps out of it.
TEST(Tidy, TryStandsBesideNoOtherValue) {
  const auto ours = [](const Source& s) { return s.cpp() && !s.in("tests"); };
  expect_none(in_code(ours, R"(\{[^;}]*, TRY\(|\([^;]*TRY\([^;]*\), TRY\()"));
}

TEST(Tidy, LinesEndBeforeColumn160) {
  std::ostringstream found;
  for (const Source& source : sources()) {
    if (!source.cpp()) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const auto columns =
          std::count_if(source.lines[i].begin(), source.lines[i].end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
      if (static_cast<std::size_t>(columns) > kColumnsMax) found << "\n  " << source.path << ':' << i + 1;
    }
  }
  expect_none(found.str());
}

TEST(Tidy, FilesAreShort) {
  std::ostringstream found;
  for (const Source& source : sources()) {
    if (source.cpp() && !source.in("tests") && source.lines.size() > kLinesMax) found << "\n  " << source.path << ": " << source.lines.size();
  }
  expect_none(found.str());
}

TEST(Tidy, EveryHeaderIsReadOnce) {
  std::ostringstream found;
  for (const Source& source : sources()) {
    const bool guarded = std::find(source.lines.begin(), source.lines.end(), "#pragma once") != source.lines.end();
    if (source.ends(".h") && !guarded) found << "\n  " << source.path;
  }
  expect_none(found.str());
}

TEST(Tidy, TheReadmeNamesTheCommands) {
  std::ifstream in(std::string(LIAISON_SOURCE_DIR) + "/README.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const char* command : {"./deploy/demo", "./deploy/test"}) {
    EXPECT_NE(text.find(command), std::string::npos) << command;
    EXPECT_TRUE(fs::exists(fs::path(LIAISON_SOURCE_DIR) / command)) << command;
  }
}

}  // namespace

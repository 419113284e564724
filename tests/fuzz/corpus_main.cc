// SPDX-License-Identifier: Apache-2.0
// Every file of the corpus through its target, in a build without a fuzzer (fuzz.h: FUZZ_ENTRY). Ends with the process, and
// the file's name, when a claim does not hold.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

namespace {

struct Target { const char* name; int (*run)(const std::uint8_t*, std::size_t); };
constexpr Target kTargets[] = {
#define FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef FUZZ_TARGET
};

char current_file[4096] = "";

extern "C" void name_the_file(int signal) {
  const auto written = write(STDERR_FILENO, current_file, std::strlen(current_file));
  std::signal(signal, SIG_DFL);
  if (written >= 0) std::raise(signal);
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> sorted;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) sorted.insert(entry.path());
  return {sorted.begin(), sorted.end()};
}

void run_file(const Target& target, const std::filesystem::path& file) {
  std::snprintf(current_file, sizeof current_file, "in %s\n", file.c_str());
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // A copy of exactly its size, so that a read beyond the end is a read beyond the allocation.
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  target.run(copy.get(), bytes.size());
}

// A folder that no target reads would look like a test and be none.
bool all_folders_have_targets(const std::filesystem::path& corpus) {
  bool all = true;
  for (const auto& folder : files_of(corpus)) {
    const auto named = [&](const Target& target) { return folder.filename() == target.name; };
    if (std::any_of(std::begin(kTargets), std::end(kTargets), named)) continue;
    std::fprintf(stderr, "error: %s belongs to no target\n", folder.c_str());
    all = false;
  }
  return all;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: fuzz_corpus_test FOLDER\n", stderr);
    return 64;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, name_the_file);
  bool good = all_folders_have_targets(arguments[1]);
  std::size_t total = 0;
  for (const Target& target : kTargets) {
    const auto files = files_of(std::filesystem::path(arguments[1]) / target.name);
    for (const auto& file : files) run_file(target, file);
    std::printf("%-10s %5zu files\n", target.name, files.size());
    good = good && !files.empty();
    total += files.size();
  }
  std::printf("%zu files through %zu targets: %s\n", total, std::size(kTargets), good ? "all claims hold" : "a corpus is empty or belongs to nobody");
  return good ? 0 : 1;
}

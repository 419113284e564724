// SPDX-License-Identifier: Apache-2.0
// Texts for the bench that are like those of records: words of six languages, the first of which are in every second text and the last in a few. The
// same random numbers give the same texts. One thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace liaison {

class BenchLanguage {
 public:
  // `known` words come first, then others of these letters. An empty `blank`: words stand without one between.
  BenchLanguage(std::vector<std::string> known, const std::vector<std::string>& letters, std::string blank, std::mt19937& random);
  const std::string& word(std::mt19937& random) const;
  // From neither end.
  const std::string& rarer_word(std::mt19937& random) const { return words_[30 + random() % 2000]; }
  std::string text(std::size_t words, std::mt19937& random) const;

 private:
  std::vector<std::string> words_;
  std::string blank_;
};

// English, French, Spanish, Russian, Arabic, Chinese.
std::vector<BenchLanguage> bench_languages(std::mt19937& random);

}  // namespace liaison

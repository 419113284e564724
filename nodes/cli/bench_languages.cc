// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_languages.h"

#include <cmath>

namespace liaison {
namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t kWordsOfLanguage = 12'000;

Words letters_of(const std::string& text) {
  Words out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) out.back() += c;
    else out.emplace_back(1, c);
  }
  return out;
}

Words chinese_characters() {
  Words out;
  for (int i = 0; i < 2500; ++i) {
    const int c = 0x4E00 + i * 8;
    out.push_back({static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))});
  }
  return out;
}

}  // namespace

BenchLanguage::BenchLanguage(Words known, const Words& letters, std::string blank, std::mt19937& random) : words_(std::move(known)), blank_(std::move(blank)) {
  const bool chinese = blank_.empty();
  while (words_.size() < kWordsOfLanguage) {
    std::string word;
    for (auto n = chinese ? 2 : 4 + random() % 7; n > 0; --n) word += letters[random() % letters.size()];
    words_.push_back(std::move(word));
  }
}

const std::string& BenchLanguage::word(std::mt19937& random) const {
  const double share = std::uniform_real_distribution<>(0, 1)(random);
  return words_[static_cast<std::size_t>(std::pow(static_cast<double>(words_.size()), share)) - 1];
}

std::string BenchLanguage::text(std::size_t words, std::mt19937& random) const {
  std::string out;
  for (std::size_t i = 0; i < words; ++i) out += (i == 0 ? "" : blank_) + word(random) + (i % 12 == 11 ? (blank_.empty() ? "，" : ",") : "");
  return out;
}

std::vector<BenchLanguage> bench_languages(std::mt19937& random) {
  std::vector<BenchLanguage> out;
  out.emplace_back(Words{"the", "of", "visit", "control", "border", "assistance", "committee", "report", "export"}, letters_of("abcdefghilmnoprstuv"), " ",
                   random);
  out.emplace_back(Words{"de", "la", "contrôle", "frontière", "d'assistance", "comité", "rapport"}, letters_of("abcdeéèilmnoprstuçv"), " ", random);
  out.emplace_back(Words{"de", "el", "control", "frontera", "asistencia", "comité", "informe"}, letters_of("abcdeóilmnoprstuñv"), " ", random);
  out.emplace_back(Words{"и", "в", "контроль", "граница", "помощь", "комитет"}, letters_of("абвгдеиклмнопрстуця"), " ", random);
  out.emplace_back(Words{"في", "من", "الحدود", "مراقبة", "المساعدة", "اللجنة"}, letters_of("ابتثجحدرسعفقكلمنهوي"), " ", random);
  out.emplace_back(Words{"访问", "边境", "管制", "援助", "委员会", "报告"}, chinese_characters(), "", random);
  return out;
}

}  // namespace liaison

// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <random>

#include "nodes/cli/bench_languages.h"
#include "nodes/cli/bench_times.h"
#include "nodes/domain/full_text.h"
#include "nodes/domain/states.h"
#include "security/sqlite.h"

namespace liaison {
namespace {

constexpr TimeMs kFirst = 1'210'000'000'000;   // in 2008
constexpr TimeMs kTextYears = 20 * 365 * kDayMs;

class KnownTexts {
 public:
  static Result<std::unique_ptr<KnownTexts>> make(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    auto known = std::make_unique<KnownTexts>();
    known->database_ = TRY(Database::open(folder / "text.db", {}));
    known->text_ = TRY(FullText::open(*known->database_));
    return known;
  }
  Result<void> fill(std::uint64_t count) {
    TRY(database_->begin());
    for (std::uint64_t i = 0; i < count; ++i) {
      TRY(text_->put(entry(i, kFirst + i * (kTextYears / count))));
      if (i % 500 == 499) TRY(database_->commit());
      if (i % 500 == 499) TRY(database_->begin());
    }
    return database_->commit();
  }

  // A tenth is in two languages. Texts have 40 to 120 words.
  TextEntry entry(std::uint64_t number, TimeMs changed) {
    static const std::array<const char*, 9> kKinds{"visit",   "assistance.request", "assistance.offer", "concern", "contact",
                                                   "event",   "expert",             "lesson",           "report"};
    static const std::array<const char*, 3> kOwners{"1267", "1373", "1540"};
    const auto& states = States::standard().all();
    const auto& language = languages_[random_() % languages_.size()];
    TextEntry out;
    out.owner = *MemberId::parse(kOwners[random_() % kOwners.size()]);
    out.kind = kKinds[random_() % kKinds.size()];
    out.record = out.owner.str() + "-" + static_cast<char>('A' + out.kind[0] % 26) + "-2027-" + std::to_string(100'000 + number);
    for (auto n = 1 + (random_() % 8 == 0); n > 0; --n) out.states.push_back(states[random_() % states.size()].alpha3);
    out.day = static_cast<std::int64_t>(changed / kDayMs);
    out.changed_ms = changed;
    out.title = language.text(8, random_);
    out.texts = {"S/" + std::to_string(2008 + number % 20) + "/" + std::to_string(random_() % 1200), language.text(40 + random_() % 80, random_)};
    if (number % 10 == 0) out.texts.push_back(languages_[random_() % languages_.size()].text(30, random_));
    return out;
  }

  Result<PageTime> searched(const std::string& key, const std::string& what, const std::function<TextSearch()>& next) {
    std::vector<double> times;
    std::uint64_t hits = 0;
    for (int i = 0; i < kBenchRounds; ++i) {
      const TextSearch search = next();
      const auto start = SteadyClock::now();
      const auto page = TRY(text_->search(search));
      times.push_back(ms_since(start));
      hits += page.records;
    }
    if (hits == 0) return fail(Code::kInternal, what + " finds nothing");
    return time_of(key, what + " (" + std::to_string(hits / kBenchRounds) + " hits)", std::move(times));
  }

  Result<PageTime> put_more(std::uint64_t number) {
    std::vector<double> times;
    for (int i = 0; i < kBenchRounds; ++i) {
      const TextEntry more = entry(number + static_cast<std::uint64_t>(i), kFirst + kTextYears);
      const auto start = SteadyClock::now();
      TRY(database_->begin());
      TRY(text_->put(more));
      TRY(database_->commit());
      times.push_back(ms_since(start));
      last_ = more.record;
    }
    return time_of("put", "one record more, stored", std::move(times));
  }

  Result<PageTime> forget(double& all_s) {
    TRY(text_->remove(last_));
    std::vector<double> times;
    for (bool done = false; !done;) {
      const auto start = SteadyClock::now();
      TRY(database_->begin());
      done = TRY(text_->forget());
      TRY(database_->commit());
      times.push_back(ms_since(start));
      all_s += times.back() / 1000;
    }
    return time_of("forget", "one piece of forgetting a record", std::move(times));
  }

  const std::string& rare(std::size_t language) { return languages_[language].rarer_word(random_); }
  std::string any() { return rare(random_() % languages_.size()); }
  std::string state() { return States::standard().all()[random_() % States::standard().all().size()].alpha3; }
  std::int64_t day() { return static_cast<std::int64_t>((kFirst + kTextYears / 20 * (random_() % 20)) / kDayMs); }
  FullText& text() { return *text_; }

 private:
  std::mt19937 random_{7};
  std::vector<BenchLanguage> languages_ = bench_languages(random_);
  std::unique_ptr<Database> database_;
  std::unique_ptr<FullText> text_;
  std::string last_;
};

TextSearch words(std::string text) {
  TextSearch search;
  search.text = std::move(text);
  return search;
}

struct Kind {
  const char* key;
  const char* what;
  std::function<TextSearch()> next;
};

std::vector<Kind> kinds_of(KnownTexts& known) {
  const auto in_state = [&known](std::string text) {
    TextSearch search = words(std::move(text));
    search.state = known.state();
    return search;
  };
  return {
      {"word", "a search for one word of any language", [&] { return words(known.any()); }},
      {"words", "for three words, one of them in every second text", [&] { return words("visit " + known.rare(0) + " OR " + known.rare(0)); }},
      {"common", "for words that tens of thousands of records have", [&] { return words("border control OR frontera OR contrôle"); }},
      {"phrase", "for a phrase", [&] { return words("\"border control\" OR \"control visit\""); }},
      {"prefix", "for words that begin so", [&] { return words(known.rare(0).substr(0, 4) + "* OR border"); }},
      {"arabic", "for an Arabic word with what is written at its head", [&] { return words("والحدود OR " + known.rare(4)); }},
      {"chinese", "for Chinese words", [&] { return words("边境 " + known.rare(5).substr(0, 3)); }},
      {"symbol", "for a symbol", [&] { return words("S/2016/1127 OR S/2011/16"); }},
      {"state", "for a word of one State", [&] { return in_state("control"); }},
      {"all_state", "for everything of one State", [&] { return in_state(""); }},
      {"period", "for a word of a quarter", [&] {
         TextSearch search = words("committee OR comité OR комитет");
         search.from = known.day();
         search.to = *search.from + 90;
         return search;
       }},
      {"most", "for 16 of the most frequent words at once", [&] {
         return words("visit OR control OR border OR assistance OR committee OR report OR export OR frontière OR comité OR rapport OR контроль OR граница OR "
                      "помощь OR الحدود OR 访问 OR 边境");
       }},
  };
}

}  // namespace

Result<TextTimes> measure_text(const std::filesystem::path& folder, std::uint64_t records) {
  auto known = TRY(KnownTexts::make(folder / "text"));
  TextTimes out;
  const auto start = SteadyClock::now();
  TRY(known->fill(records));
  out.fill_s = ms_since(start) / 1000;
  out.bytes_per_record = static_cast<double>(TRY(known->text().bytes())) / static_cast<double>(records);
  for (const auto& kind : kinds_of(*known)) out.searches.push_back(TRY(known->searched(kind.key, kind.what, kind.next)));
  out.put = TRY(known->put_more(records));
  out.forget = TRY(known->forget(out.forget_s));
  return out;
}

}  // namespace liaison

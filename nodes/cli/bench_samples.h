// SPDX-License-Identifier: Apache-2.0
// Records for the bench, made from the page of their kind alone: a new kind is filled like any other. What is needed is there, of what is not about half;
// days lie in the weeks after the record's own, texts are in one of six languages, other records are named by ids that were made before. The same
// random numbers give the same records. One thread.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "nodes/cli/bench_languages.h"
#include "schemas/record.h"
#include "schemas/visit.h"

namespace liaison {

class SampleRecords {
 public:
  SampleRecords(std::vector<MemberId> members, std::mt19937& random) : members_(std::move(members)), random_(random), languages_(bench_languages(random)) {}

  // A first revision that check_record takes; CHECKs that the page lets one be made. `day` counts days since 1970-01-01; an old one is mostly over.
  Record record(const RecordKind& kind, const MemberId& owner, std::int64_t day, bool old);
  // The next revision, mostly the one with which it is over, with another title.
  Record next(const Record& before, const Hash& previous);
  VisitPlan visit(const MemberId& lead, std::int64_t day);

  std::string id(const MemberId& owner, const std::string& letter, std::int64_t day);
  const std::string& any_id() { return ids_[random_() % ids_.size()]; }
  std::string state();
  const BenchLanguage& language() { return languages_[random_() % languages_.size()]; }
  const BenchLanguage& english() const { return languages_[0]; }

 private:
  void settle(Record& record, bool old);
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  bool is_said(const RecordField& field, const std::vector<RecordField>& beside);
  std::string line(std::size_t bytes, std::size_t words);
  std::string text(const RecordField& field);
  std::string date(const RecordField& field);
  std::string named(const RecordField& field);
  RecordValue one(const RecordField& field);
  RecordValue value(const RecordField& field);
  std::vector<RecordValue> values(const std::vector<RecordField>& fields);

  std::vector<MemberId> members_;
  std::mt19937& random_;
  std::vector<BenchLanguage> languages_;
  std::map<std::string, std::uint64_t> numbers_;                   // of ids, the last one by what stands before it
  std::map<std::string, std::vector<std::string>> by_letter_;
  std::vector<std::string> ids_;
  std::int64_t day_ = 0, days_apart_ = 0, dates_ = 0;              // of the record that is made
};

}  // namespace liaison

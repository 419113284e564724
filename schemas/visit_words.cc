// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "schemas/visit.h"

namespace liaison {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> kPrecisions{"day", "month", "year", "end_day", "period", "unknown"};
constexpr std::array<std::string_view, 2> kModes{"on_site", "virtual"};
constexpr std::array<std::string_view, 18> kStatuses{
    "proposed",       "invited",        "approved_by_committee", "consent_requested", "consent_granted", "scheduled",
    "under_way",      "conducted",      "draft_report",          "state_comments",    "report_adopted",  "state_response",
    "closed",         "declined",       "postponed",             "cancelled",         "merged",          "withdrawn_consent"};
constexpr std::array<std::string_view, 12> kKinds{"first",    "comprehensive", "focused",    "follow_up",    "regional", "advocacy",
                                                  "assessment", "invited_visit", "high_level", "consultation", "hybrid",   "technical_assistance_mission"};
constexpr std::array<std::string_view, 6> kConsents{"none_asked", "requested", "granted", "declined", "withdrawn", "as_source_says"};
constexpr std::array<std::string_view, 6> kRoles{"leads", "participates", "advises", "observes", "invited", "declined"};
constexpr std::array<std::string_view, 5> kAnswers{"joins", "advises", "declines", "comments", "objects"};
constexpr std::array<std::string_view, 6> kReports{"preliminary", "draft", "state_observations", "final", "summary", "state_response"};

template <class Enum>
Words words();
template <> Words words<DatePrecision>() { return kPrecisions; }
template <> Words words<ComponentMode>() { return kModes; }
template <> Words words<VisitStatus>() { return kStatuses; }
template <> Words words<VisitKind>() { return kKinds; }
template <> Words words<ConsentStatus>() { return kConsents; }
template <> Words words<ParticipationRole>() { return kRoles; }
template <> Words words<AnswerKind>() { return kAnswers; }
template <> Words words<ReportKind>() { return kReports; }

template <class Enum>
std::string_view word(Enum value) {
  const auto at = static_cast<std::size_t>(value) - 1;   // 0 wraps round and is out of range
  return at < words<Enum>().size() ? words<Enum>()[at] : std::string_view("invalid");
}

}  // namespace

std::string_view word_of(DatePrecision value) { return word(value); }
std::string_view word_of(ComponentMode value) { return word(value); }
std::string_view word_of(VisitStatus value) { return word(value); }
std::string_view word_of(VisitKind value) { return word(value); }
std::string_view word_of(ConsentStatus value) { return word(value); }
std::string_view word_of(ParticipationRole value) { return word(value); }
std::string_view word_of(AnswerKind value) { return word(value); }
std::string_view word_of(ReportKind value) { return word(value); }

template <class Enum>
std::optional<Enum> parse_word(std::string_view text) {
  for (std::size_t i = 0; i < words<Enum>().size(); ++i) {
    if (words<Enum>()[i] == text) return static_cast<Enum>(i + 1);
  }
  return std::nullopt;
}

template <class Enum>
std::vector<std::string_view> all_words() {
  return {words<Enum>().begin(), words<Enum>().end()};
}

template std::optional<DatePrecision> parse_word(std::string_view);
template std::optional<ComponentMode> parse_word(std::string_view);
template std::optional<VisitStatus> parse_word(std::string_view);
template std::optional<VisitKind> parse_word(std::string_view);
template std::optional<ConsentStatus> parse_word(std::string_view);
template std::optional<ParticipationRole> parse_word(std::string_view);
template std::optional<AnswerKind> parse_word(std::string_view);
template std::optional<ReportKind> parse_word(std::string_view);
template std::vector<std::string_view> all_words<DatePrecision>();
template std::vector<std::string_view> all_words<ComponentMode>();
template std::vector<std::string_view> all_words<VisitStatus>();
template std::vector<std::string_view> all_words<VisitKind>();
template std::vector<std::string_view> all_words<ConsentStatus>();
template std::vector<std::string_view> all_words<ParticipationRole>();
template std::vector<std::string_view> all_words<AnswerKind>();
template std::vector<std::string_view> all_words<ReportKind>();

}  // namespace liaison

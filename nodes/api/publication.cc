// SPDX-License-Identifier: Apache-2.0
#include "nodes/api/publication.h"

#include <nlohmann/json.hpp>

#include "nodes/domain/extracts.h"
#include "nodes/domain/words.h"

namespace liaison {

namespace {

using nlohmann::json;

bool is_extract(const Draft& draft) { return draft.kind == kKindExtract; }

// kTransition with the reason for which it may not leave now.
Result<void> check_may_leave(Node& node, const Record& extract, const json& shown, Now now) {
  const std::string& status = extract.status();
  if (status != "released" && status != "decided")
    return fail(
        Code::kTransition,
        "status: " + extract.record_id + " is " + in_words(status) + ", and nothing leaves without a decision",
        "liaison extract change " + extract.record_id + " --status decided --decision RECORD --decided-on DATE");
  if (!shown["index"].is_number())
    return fail(Code::kTransition, "id: " + extract.record_id + " is not in the log yet in this revision",
                "wait until it is accepted: liaison record status " + extract.record_id);
  if (extract.value("digest").empty())
    return fail(Code::kTransition, "digest: " + extract.record_id + " has none, so that no copy could be compared",
                "a change of its text reckons it");
  TRY(check_digest(extract));
  return node.records().check_consents(extract.record_id, "released", now.wall_ms);
}

}  // namespace

Result<void> settle_digest(Draft& draft, const json& asked) {
  if (!is_extract(draft)) return {};
  const auto given = asked.find("digest");
  Record extract = TRY(decode_record(draft.kind, draft.body));
  if (given != asked.end() && !given->is_null() && *given != "") return check_digest(extract);
  extract.values[place_of(extract.kind->fields, "digest")].text = extract_digest(extract.value("text").text);
  draft.body = encode_record(extract);
  return {};
}

Result<void> check_digest_of(const Draft& draft) {
  if (!is_extract(draft)) return {};
  const Record extract = TRY(decode_record(draft.kind, draft.body));
  return check_digest(extract);
}

Result<json> publication_json(Node& node, const std::string& record_id, Now now) {
  const Record extract = TRY(node.records().newest(record_id));
  if (extract.kind->kind != kKindExtract)
    return fail(Code::kInput, "id: " + record_id + " is " + with_article(extract.kind->noun) + " and no extract",
                "liaison extract list shows them");
  const json shown = TRY(node.records().show(record_id, 0));
  const auto may = check_may_leave(node, extract, shown, now);
  if (!may && may.error().code == Code::kStore) return may.error();
  return json{{"id", record_id},
              {"revision", extract.revision},
              {"status", extract.status()},
              {"marking", shown["marking"]},
              {"message_id", shown["message_id"]},
              {"may", may.has_value()},
              {"why_not", may ? json(nullptr) : json(may.error().what)},
              {"hint", may ? json(nullptr) : json(may.error().hint)},
              {"text", extract.value("text").text},
              {"extract", published_json(shown)},
              {"reveals", revealed_json(shown)},
              {"may_open", shown["marking"] == "public"}};
}

}  // namespace liaison

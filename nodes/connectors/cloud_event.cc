// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/cloud_event.h"

#include <algorithm>
#include <set>

#include "schemas/text.h"

namespace liaison {

namespace {

using nlohmann::json;

constexpr std::size_t kEventNestingMax = 64;
constexpr std::size_t kEventTextBytesMax = 1024;

std::string event_bytes(const json& event) { return event.dump(-1, ' ', false, json::error_handler_t::replace); }

json event_envelope(const MemberId& member, const std::string& id, const std::string& type) {
  return {{"specversion", "1.0"}, {"id", id}, {"source", "/liaison/" + member.str()}, {"type", type}, {"datacontenttype", "application/json"}};
}

Error bad_event_attribute(const std::string& name, const std::string& rule) {
  return fail(Code::kInput, name + ": " + rule, "send one event as CloudEvents 1.0 says, with its data as JSON");
}

// An absent or null attribute is an empty text.
Result<std::string> event_attribute(const json& event, const char* name, bool needed) {
  const auto found = event.find(name);
  if (found == event.end() || found->is_null()) {
    if (needed) return bad_event_attribute(name, "is missing");
    return std::string();
  }
  if (!found->is_string() || found->get_ref<const std::string&>().empty()) return bad_event_attribute(name, "is not a text of at least one character");
  const auto& text = found->get_ref<const std::string&>();
  if (const auto good = check_text(text, kEventTextBytesMax, Lines::kOne); !good) return bad_event_attribute(name, good.error().what);
  return text;
}

// RFC 3339, as foreign clocks print it: with any fraction, and an offset instead of Z.
bool is_event_time(std::string_view text) {
  const auto digits = [&](std::size_t at, std::size_t count) {
    return at + count <= text.size() && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(at + count),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.size() < 20 || text.size() > 40 || !from_rfc3339(std::string(text.substr(0, 19)) + "Z")) return false;
  std::size_t at = 19;
  if (text[at] == '.') {
    const std::size_t first = ++at;
    while (digits(at, 1)) ++at;
    if (at == first) return false;
  }
  text.remove_prefix(at);
  if (text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && digits(1, 2) && digits(4, 2) && text.substr(1, 2) < "24" &&
         text.substr(4, 2) < "60";
}

// application/json, or anything that ends in +json; parameters say nothing here.
bool is_event_json_type(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  return type == "application/json" || type == "text/json" || (type.find('/') != std::string::npos && type.ends_with("+json"));
}

bool is_event_attribute_name(const std::string& name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), good);
}

Result<void> check_event_extensions(const json& event) {
  for (const auto& [name, value] : event.items()) {
    if (name == "data") continue;
    if (name == "data_base64") return bad_event_attribute(name, "is not taken here");
    if (!is_event_attribute_name(name)) return bad_event_attribute(printable(name, 64), "is no name of an attribute, which has a to z and 0 to 9 alone");
    if (!value.is_string() && !value.is_number_integer() && !value.is_boolean() && !value.is_null())
      return bad_event_attribute(name, "is neither a text nor a whole number nor true or false");
  }
  return {};
}

}  // namespace

std::string cloud_event_text(const MemberId& member, const Parcel& parcel) {
  json event = event_envelope(member, parcel.id, "org.liaison." + parcel.kind);
  if (parcel.content.contains("record") && !parcel.record.empty()) event["subject"] = parcel.record;
  if (parcel.content.contains("accepted_at")) event["time"] = rfc3339_millis(parcel.accepted_ms);
  event["data"] = parcel.content;
  return event_bytes(event);
}

std::string test_event_text(const MemberId& member, const std::string& id, const std::string& connector, TimeMs now_ms) {
  json event = event_envelope(member, id, "org.liaison.test");
  event["time"] = rfc3339_millis(now_ms);
  const std::string words = "This is a test of a connector of committee " + member.str() + ". Nothing has happened.";
  event["data"] = {{"test", true}, {"connector", connector}, {"words", words}};
  return event_bytes(event);
}

Result<json> strict_json(std::string_view text, const std::string& what) {
  // What copies and prints JSON calls itself once for each level, and parsers differ on which of two values of a name counts.
  std::size_t depth = 0;
  bool deep = false;
  std::string twice;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      deep = deep || ++depth > kEventNestingMax;
      names.emplace_back();
    }
    if (event == Event::object_end || event == Event::array_end) {
      --depth;
      names.pop_back();
    }
    if (event == Event::key && !names.empty() && !names.back().insert(parsed.get<std::string>()).second) twice = parsed.get<std::string>();
    return !deep;
  };
  json out = json::parse(text, watch, false);
  if (deep) return fail(Code::kInput, what + " holds lists within lists more than 64 deep", "no field needs that");
  if (!twice.empty()) return fail(Code::kInput, what + " has the name \"" + printable(twice, 64) + "\" twice in one object", "a name stands once");
  if (out.is_discarded() || !out.is_object()) return fail(Code::kInput, what + " is no JSON object", "JSON in UTF-8, from { to }");
  return out;
}

Result<CloudEvent> read_cloud_event(std::string_view text) {
  json event = TRY(strict_json(text, "the event"));
  const std::string version = TRY(event_attribute(event, "specversion", true));
  if (version != "1.0") return bad_event_attribute("specversion", "\"" + printable(version, 16) + "\" is not 1.0");
  CloudEvent out;
  out.id = TRY(event_attribute(event, "id", true));
  out.source = TRY(event_attribute(event, "source", true));
  out.type = TRY(event_attribute(event, "type", true));
  out.subject = TRY(event_attribute(event, "subject", false));
  const std::string time = TRY(event_attribute(event, "time", false));
  if (!time.empty() && !is_event_time(time)) return bad_event_attribute("time", "\"" + printable(time, 40) + "\" is no time such as 2027-03-08T09:30:00Z");
  const std::string type = TRY(event_attribute(event, "datacontenttype", false));
  if (!type.empty() && !is_event_json_type(type)) return bad_event_attribute("datacontenttype", "\"" + printable(type, 64) + "\" is not JSON");
  TRY(event_attribute(event, "dataschema", false));
  TRY(check_event_extensions(event));
  if (!event.contains("data") || !event["data"].is_object()) return bad_event_attribute("data", "is no JSON object");
  out.data = std::move(event["data"]);
  return out;
}

}  // namespace liaison

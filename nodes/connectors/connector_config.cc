// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/connector_config.h"

#include <algorithm>

#include "nodes/domain/opened_body.h"
#include "nodes/domain/states.h"
#include "schemas/message.h"

namespace liaison {

namespace {

using Kind = ConnectorConfig::Kind;

struct KindWord {
  std::string_view word;
  Kind kind;
};
constexpr KindWord kKindWords[] = {{"files_in", Kind::kFilesIn},     {"files_out", Kind::kFilesOut}, {"webhook_in", Kind::kWebhookIn},
                                   {"webhook_out", Kind::kWebhookOut}, {"un_list", Kind::kUnList},     {"calendar_out", Kind::kCalendarOut},
                                   {"mail", Kind::kMail},            {"exec", Kind::kExec}};

bool is_connector_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 24 && name[0] != '-' && std::all_of(name.begin(), name.end(), good);
}

// Of what a message has beside its body: see message_content.
constexpr std::string_view kForwardedFields[] = {"message_id", "index", "accepted_at", "kind", "sender", "recipients", "marking", "record"};

// Words with points between them: an empty one would let all of it through.
bool is_field_path(std::string_view path) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos && std::all_of(path.begin(), path.end(), good);
}

// What stands in braces in a template; up to an open one that nothing closes.
std::vector<std::string> fields_in(const std::string& text) {
  std::vector<std::string> out;
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == std::string::npos) break;
    out.push_back(text.substr(open + 1, close - open - 1));
  }
  return out;
}

// Reads one connector's keys under their full names.
class ConnectorKeys {
 public:
  ConnectorKeys(Settings& settings, std::string name, ConnectorConfig& config)
      : settings_(settings), at_("connectors." + std::move(name) + "."), config_(config) {}

  void take() {
    take_common();
    if (!is_incoming(config_.kind)) take_rule();
    switch (config_.kind) {
      case Kind::kFilesIn: return take_files_in();
      case Kind::kFilesOut: return take_files_out();
      case Kind::kWebhookIn: return take_webhook_in();
      case Kind::kWebhookOut: return take_webhook_out();
      case Kind::kUnList: return take_un_list();
      case Kind::kCalendarOut: return take_calendar();
      case Kind::kMail: return take_mail();
      case Kind::kExec: return take_exec();
    }
  }

 private:
  void take_common() {
    // connectors.NAME.system, a word: the system at the other end; what came in from it does not go out to it. Default: NAME.
    config_.system = settings_.text(at_ + "system", config_.name);
    if (!is_connector_name(config_.system)) settings_.wrong(at_ + "system", "is \"" + config_.system + "\" and must be 1 to 24 of a-z, 0-9 and -");
    // connectors.NAME.every_seconds, seconds from the end of a run to the next one. Default 10; 3600 of un_list and mail.
    const bool seldom = config_.kind == Kind::kUnList || config_.kind == Kind::kMail;
    config_.every_s = settings_.number(at_ + "every_seconds", seldom ? 3600 : 10, 1, 7 * 86'400);
    // connectors.NAME.per_minute, items: a connector that is given more takes its time. Default 600.
    config_.per_minute = settings_.number(at_ + "per_minute", 600, 1, 1'000'000);
    if (!is_incoming(config_.kind)) return;
    // connectors.NAME.drafts, true or false: what comes in becomes drafts, which an officer releases. Default false.
    config_.as_drafts = settings_.flag(at_ + "drafts", false);
  }

  void take_rule() {
    ForwardRule& rule = config_.rule;
    // connectors.NAME.kinds, a list of kinds of message that go out, such as ["visit.plan"]. Default: all.
    rule.kinds = settings_.texts(at_ + "kinds");
    // connectors.NAME.states, a list of alpha-3 codes, one of which the message must name. Default: all.
    rule.states = settings_.texts(at_ + "states");
    // connectors.NAME.areas, a list of words, one of which must stand in the message's areas or aims. Default: all.
    rule.areas = settings_.texts(at_ + "areas");
    // connectors.NAME.senders, a list of committees whose messages go out. Default: all, this one's too.
    rule.senders = settings_.texts(at_ + "senders");
    // connectors.NAME.fields, a list of fields that go out, such as ["record", "data.title"]. Default: all.
    rule.fields = settings_.texts(at_ + "fields");
    // connectors.NAME.history, true or false: a new connector begins with the first message that this node has. Default false: with the next one.
    config_.history = settings_.flag(at_ + "history", false);
    // connectors.NAME.text, a template for connectors that carry text, such as "{record}: {data.title}". Default: the fields as JSON.
    rule.text = settings_.text(at_ + "text", "");
    for (const std::string& kind : rule.kinds) {
      if (!schema_id_of(kind)) settings_.wrong(at_ + "kinds", "has \"" + kind + "\", which is no kind of message; liaison schemas lists them");
    }
    for (const std::string& field : rule.fields) check_field("fields", field);
    for (const std::string& field : fields_in(rule.text)) check_field("text", field);
    for (const std::string& state : rule.states) {
      if (States::standard().find(state) == nullptr) settings_.wrong(at_ + "states", "has \"" + state + "\", which is no State's alpha-3 code");
    }
    for (const std::string& sender : rule.senders) {
      if (!MemberId::parse(sender)) settings_.wrong(at_ + "senders", "has \"" + sender + "\", which is no committee's id");
    }
  }

  // One that no message has would leave out in silence what somebody waits for.
  void check_field(const std::string& key, const std::string& field) {
    if (!is_field_path(field)) return settings_.wrong(at_ + key, "has \"" + field + "\", which is no field such as record or data.title");
    const std::string head = field.substr(0, field.find('.'));
    if (head != "data") {
      const bool known = field == head && std::find(std::begin(kForwardedFields), std::end(kForwardedFields), head) != std::end(kForwardedFields);
      if (!known)
        settings_.wrong(at_ + key, "has \"" + field + "\"; a message has message_id, index, accepted_at, kind, sender, recipients, marking, record, data");
      return;
    }
    if (field == head || is_of_a_body(field.substr(5, field.find('.', 5) - 5))) return;
    settings_.wrong(at_ + key, "has \"" + field + "\", which no message of these kinds has; liaison connector try shows what they have");
  }
  bool is_of_a_body(const std::string& name) const {
    const auto& chosen = config_.rule.kinds;
    const auto has = [](const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); };
    return std::any_of(schema_list().begin(), schema_list().end(), [&](const SchemaLine& one) {
      return (chosen.empty() || has(chosen, one.kind)) && has(opened_fields(one.kind), name);
    });
  }

  void path_required(const std::string& key) {
    const std::filesystem::path path = settings_.path(at_ + key, "");
    if (path.empty()) settings_.wrong(at_ + key, "is missing and has no default");
    config_.paths[key] = path;
  }
  void text_required(const std::string& key) { config_.texts[key] = settings_.text_required(at_ + key); }

  void take_files_in() {
    // connectors.NAME.folder, path: inbox/, done/ and failed/ are made in it. Required.
    path_required("folder");
    // connectors.NAME.takes, "visit" or a noun of `liaison record kinds`: what rows and entries are where a file does not say it. Default visit.
    config_.texts["takes"] = settings_.text(at_ + "takes", "visit");
    // connectors.NAME.mebibytes, MiB: a longer file is not taken. Default 16.
    config_.numbers["mebibytes"] = settings_.number(at_ + "mebibytes", 16, 1, 64);
  }

  void take_files_out() {
    // connectors.NAME.folder, path: a file for each message is put here. Required.
    path_required("folder");
    // connectors.NAME.form, "json" or "text". Default json.
    config_.texts["form"] = settings_.choice(at_ + "form", "json", {"json", "text"});
  }

  void take_webhook_in() {
    // connectors.NAME.listen, a loopback address and port, such as "127.0.0.1:5690", behind the committee's own web server. Required.
    text_required("listen");
    // connectors.NAME.secret_file, path: one key a line, whsec_... (HMAC) or whpk_... (Ed25519, the sender's public key); mode 0600. Required.
    path_required("secret_file");
    // connectors.NAME.takes, "visit" or a noun of `liaison record kinds`: what an event makes that does not say it. Default visit.
    config_.texts["takes"] = settings_.text(at_ + "takes", "visit");
  }

  void take_webhook_out() {
    // connectors.NAME.url, https://... or, on loopback only, http://...: the receiver. Required.
    text_required("url");
    // connectors.NAME.secret_file, path: one key a line, whsec_... (HMAC) or whsk_... (Ed25519); mode 0600. Required.
    path_required("secret_file");
    // connectors.NAME.ca_file, path: PEM certificates of the authority that the receiver's is by. Default: those that the machine trusts.
    config_.paths["ca_file"] = settings_.path(at_ + "ca_file", "");
    // connectors.NAME.give_up_hours, hours for which a message is tried. Default 72.
    config_.numbers["give_up_hours"] = settings_.number(at_ + "give_up_hours", 72, 1, 720);
  }

  void take_un_list() {
    // connectors.NAME.file, path: the list as XML, which somebody else puts there. Default: none.
    config_.paths["file"] = settings_.path(at_ + "file", "");
    // connectors.NAME.url, https://...: where the list is fetched; its host must stand in hosts. Default: none.
    config_.texts["url"] = settings_.text(at_ + "url", "");
    // connectors.NAME.hosts, a list of the hosts that may be asked. Default: none.
    config_.lists["hosts"] = settings_.texts(at_ + "hosts");
    // connectors.NAME.shrink_percent, percent: a list that has lost more of its entries than that is held for a person. Default 5.
    config_.numbers["shrink_percent"] = settings_.number(at_ + "shrink_percent", 5, 0, 100);
    // connectors.NAME.values, a list of fields whose old and new values leave this node, such as ["LISTED_ON"]. Default: none; names never by default.
    config_.lists["values"] = settings_.texts(at_ + "values");
    // connectors.NAME.lists, a list of list types that are followed, such as ["Al-Qaida"]. Default: ["Al-Qaida", "Taliban"].
    config_.lists["lists"] = settings_.has(at_ + "lists") ? settings_.texts(at_ + "lists") : std::vector<std::string>{"Al-Qaida", "Taliban"};
    if (config_.paths["file"].empty() == config_.texts["url"].empty()) settings_.wrong(at_ + "file", "or url must be given, and not both");
  }

  void take_calendar() {
    // connectors.NAME.file, path: the calendar that is written anew when something in it changes. Required.
    path_required("file");
  }

  void take_mail() {
    // connectors.NAME.server, smtp://host:port or smtps://host:port. Required.
    text_required("server");
    // connectors.NAME.from, the sender's address. Required.
    text_required("from");
    // connectors.NAME.to, a list of addresses of offices. Required.
    config_.lists["to"] = settings_.texts(at_ + "to");
    if (config_.lists["to"].empty()) settings_.wrong(at_ + "to", "is missing and has no default");
    // connectors.NAME.login_file, path: "user:password", mode 0600. Default: none, no login.
    config_.paths["login_file"] = settings_.path(at_ + "login_file", "");
    // connectors.NAME.subject, text. Default: "Liaison: what is new".
    config_.texts["subject"] = settings_.text(at_ + "subject", "Liaison: what is new");
  }

  void take_exec() {
    // connectors.NAME.command, a list: the program's absolute path and its arguments. It gets a message on standard input. Required.
    config_.lists["command"] = settings_.texts(at_ + "command");
    if (config_.lists["command"].empty() || !config_.lists["command"][0].starts_with('/'))
      settings_.wrong(at_ + "command", "must begin with the absolute path of a program");
    // connectors.NAME.limit_seconds, seconds after which the program is ended. Default 30.
    config_.numbers["limit_seconds"] = settings_.number(at_ + "limit_seconds", 30, 1, 600);
  }

  Settings& settings_;
  std::string at_;
  ConnectorConfig& config_;
};

}  // namespace

namespace {

// A folder of files is one connector's: two would take each other's files.
void check_folders(Settings& settings, const std::vector<ConnectorConfig>& all) {
  std::map<std::filesystem::path, std::string> taken;
  for (const ConnectorConfig& one : all) {
    const auto folder = one.paths.find("folder");
    if (folder == one.paths.end() || folder->second.empty()) continue;
    const auto [at, fresh] = taken.emplace((folder->second / "").lexically_normal(), one.name);
    if (!fresh) settings.wrong("connectors." + one.name + ".folder", "is the folder of connectors." + at->second + " too; give each one of its own");
  }
}

}  // namespace

bool is_incoming(Kind kind) { return kind == Kind::kFilesIn || kind == Kind::kWebhookIn || kind == Kind::kUnList; }

std::string_view word_of(Kind kind) {
  for (const KindWord& one : kKindWords) {
    if (one.kind == kind) return one.word;
  }
  return "";
}

std::vector<ConnectorConfig> take_connectors(Settings& settings) {
  std::vector<ConnectorConfig> out;
  std::vector<std::string> words;
  for (const KindWord& one : kKindWords) words.emplace_back(one.word);
  for (const std::string& name : settings.sections("connectors")) {
    ConnectorConfig config;
    config.name = name;
    const std::string key = "connectors." + name + ".kind";
    // connectors.NAME.kind, "files_in", "files_out", "webhook_in", "webhook_out", "un_list", "calendar_out", "mail" or "exec". Required.
    const std::string word = settings.choice(key, "", words);
    const auto known = std::find_if(std::begin(kKindWords), std::end(kKindWords), [&](const KindWord& one) { return one.word == word; });
    if (!is_connector_name(name)) settings.wrong(key, "stands in a section whose name is not 1 to 24 of a-z, 0-9 and -");
    if (known == std::end(kKindWords)) continue;
    config.kind = known->kind;
    ConnectorKeys(settings, name, config).take();
    out.push_back(std::move(config));
  }
  check_folders(settings, out);
  if (out.size() > kConnectorsMax) settings.wrong("connectors", "has more than " + std::to_string(kConnectorsMax) + " sections");
  return out;
}

}  // namespace liaison

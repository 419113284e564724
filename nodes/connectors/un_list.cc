// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/un_list.h"

#include <algorithm>

#include "nodes/connectors/list_messages.h"
#include "security/hash.h"

namespace liaison {

namespace {

constexpr std::size_t kToldAtOnce = 64;     // messages at one visit of the desk
constexpr std::size_t kMovedAtOnce = 512;   // rows, of lists that are not followed too

std::string entries_in_words(std::size_t count) { return std::to_string(count) + (count == 1 ? " entry" : " entries"); }

std::string name_of_list(TimeMs generated_ms) { return "the list of " + rfc3339(generated_ms); }

std::vector<std::string> list_key(const ConnectorConfig& config, const std::string& key) {
  const auto found = config.lists.find(key);
  return found == config.lists.end() ? std::vector<std::string>() : found->second;
}

std::string text_key(const ConnectorConfig& config, const std::string& key) {
  const auto found = config.texts.find(key);
  return found == config.texts.end() ? std::string() : found->second;
}

std::uint64_t number_key(const ConnectorConfig& config, const std::string& key, std::uint64_t otherwise) {
  const auto found = config.numbers.find(key);
  return found == config.numbers.end() ? otherwise : found->second;
}

std::filesystem::path path_key(const ConnectorConfig& config, const std::string& key) {
  const auto found = config.paths.find(key);
  return found == config.paths.end() ? std::filesystem::path() : found->second;
}

// Whether it held words of fields that are not named any more.
bool erase_old_values(std::vector<ListField>& fields, const std::vector<std::string>& values) {
  bool erased = false;
  for (ListField& field : fields) {
    if (!field.value || std::find(values.begin(), values.end(), field.name) != values.end()) continue;
    field.value.reset();
    erased = true;
  }
  return erased;
}

}  // namespace

Result<std::unique_ptr<Connector>> UnListConnector::make(const ConnectorConfig& config, const FetchRules& more) {
  FetchRules fetch = more;
  fetch.hosts = list_key(config, "hosts");
  const std::string url = text_key(config, "url");
  if (url.empty() == path_key(config, "file").empty()) return fail(Code::kConfig, "file or url must be given, and not both", "name one of them");
  if (!url.empty()) TRY(check_list_url(url, fetch));
  return std::unique_ptr<Connector>(new UnListConnector(config, std::move(fetch)));
}

UnListConnector::UnListConnector(ConnectorConfig config, FetchRules fetch)
    : config_(std::move(config)),
      fetch_(std::move(fetch)),
      rules_{list_key(config_, "lists"), number_key(config_, "shrink_percent", 5), list_key(config_, "values")} {}

Result<Bytes> UnListConnector::source(std::stop_token stop) const {
  const std::string url = text_key(config_, "url");
  return url.empty() ? read_list_file(path_key(config_, "file")) : fetch_list(url, fetch_, stop);
}

Result<ConnectorRun> UnListConnector::run(const Door& door, std::size_t most, std::stop_token stop) {
  ConnectorRun run;
  if (!telling_) TRY(look(door, stop, run));
  if (telling_ && !stop.stop_requested()) TRY(go_on(door, most, run));
  return run;
}

Result<std::string> UnListConnector::test(std::stop_token stop) {
  const Bytes bytes = TRY(source(stop));
  const ListVersion list = TRY(parse_list(bytes, rules_.values, stop));
  TRY(check_list(list));
  const std::string found = name_of_list(list.generated_ms) + " has " + entries_in_words(list.entries.size());
  if (!known_) return found + (loaded_ ? "; as the first one it would be remembered and nothing told" : "; a run compares it with the last good one");
  const Hash digest = sha256(bytes);
  if (is_last(digest)) return found + " and is the last good one";
  if (const auto doubt = goes_on(digest) ? std::nullopt : doubt_of(list)) return fail(Code::kInput, "it would be held: " + doubt->what, doubt->hint);
  return found + "; a run would tell " + changes_in_words(list_changes(known_->list, list, rules_));
}

// --- a file, and what is to be told of it

Result<void> UnListConnector::look(const Door& door, std::stop_token stop, ConnectorRun& run) {
  const Bytes bytes = TRY(source(stop));
  KeptVersion version;
  version.digest = sha256(bytes);
  const Looked looked = TRY(look_up(door, version.digest));
  if (is_last(version.digest) && !looked.waiting) return {};
  if (looked.item && looked.item->state == ConnectorItem::State::kHeld) return {};
  const auto list = parse_list(bytes, rules_.values, stop);
  if (!list && list.error().code != Code::kInput && list.error().code != Code::kSize) return list.error();
  if (!list) return hold(door, version.digest, list.error(), run);
  if (const auto good = check_list(*list); !good) return hold(door, version.digest, good.error(), run);
  version.generated_ms = list->generated_ms;
  version.entries = list->entries.size();
  const bool let_pass = looked.item && looked.item->state == ConnectorItem::State::kWaiting;
  const bool trusted = is_last(version.digest) || goes_on(version.digest) || let_pass;
  const auto doubt = trusted ? std::nullopt : doubt_of(*list);
  if (doubt) return hold(door, version.digest, *doubt, run);
  if (!known_) return take_first(door, version, *list, run);
  telling_ = Telling{version, list_changes(known_->list, *list, rules_), 0};
  return {};
}

bool UnListConnector::is_last(const Hash& digest) const { return known_ && known_->version.digest == digest && !known_->being_told; }

bool UnListConnector::goes_on(const Hash& digest) const { return known_ && known_->being_told && known_->being_told->digest == digest; }

std::optional<Error> UnListConnector::doubt_of(const ListVersion& list) const {
  if (auto early = doubt_about_date(list, clock_ms_)) return early;
  return known_ ? doubt_about(known_->list, list, rules_) : std::nullopt;
}

Result<UnListConnector::Looked> UnListConnector::look_up(const Door& door, const Hash& digest) {
  Looked out;
  const auto looked = door([&](Desk& desk) -> Result<void> {
    clock_ms_ = desk.now.wall_ms;
    if (!loaded_) TRY(load(desk));
    out.item = TRY(desk.store.find(config_.name, list_item_key(digest)));
    const auto counts = TRY(desk.store.counts(config_.name));
    out.waiting = counts.waiting > 0;
    return {};
  });
  if (!looked) return looked.error();
  return out;
}

Result<void> UnListConnector::load(Desk& desk) {
  TRY(ListStore::make_tables(desk.node.store()));
  ListStore store(desk.node.store());
  known_.reset();
  const auto version = TRY(store.version(config_.name));
  if (version) {
    const auto being_told = TRY(store.being_told(config_.name));
    const TimeMs newest_ms = std::max(version->generated_ms, being_told ? being_told->generated_ms : 0);
    Known known{*version, being_told, {newest_ms, version->entries, {}}, {}};
    auto kept_entries = TRY(store.entries(config_.name));
    for (KeptEntry& kept : kept_entries) {
      const std::string reference = kept.entry.reference;
      if (erase_old_values(kept.entry.fields, rules_.values)) TRY(store.put(config_.name, kept));
      if (!kept.record.empty()) known.records[reference] = kept.record;
      if (kept.standing) known.list.standing[reference] = std::move(kept.entry);
    }
    known_ = std::move(known);
  }
  loaded_ = true;
  return {};
}

Result<void> UnListConnector::take_first(const Door& door, const KeptVersion& version, const ListVersion& list, ConnectorRun& run) {
  Known known{version, {}, {version.generated_ms, version.entries, {}}, {}};
  for (const ListedEntry& entry : list.entries) known.list.standing[entry.reference] = entry;
  loaded_ = false;
  const auto taken = door([&](Desk& desk) -> Result<void> {
    ListStore store(desk.node.store());
    TRY(store.forget(config_.name));
    for (const ListedEntry& entry : list.entries) TRY(store.put(config_.name, {entry, true, ""}));
    TRY(store.set_version(config_.name, version));
    const std::string words = "the first list, " + entries_in_words(list.entries.size()) + ": what changes from now on is told";
    TRY(set_list_item(desk, config_, version.digest, name_of_list(version.generated_ms), ConnectorItem::State::kDone, words));
    return end_old_list_items(desk, config_, version);
  });
  if (!taken) return taken.error();
  known_ = std::move(known);
  loaded_ = true;
  run.done = 1;
  run.words = name_of_list(version.generated_ms) + " is the first one, " + entries_in_words(list.entries.size());
  return {};
}

Result<void> UnListConnector::hold(const Door& door, const Hash& digest, const Error& why, ConnectorRun& run) {
  const std::string stays = known_ ? "; " + name_of_list(known_->version.generated_ms) + " stays" : "";
  TRY(door([&](Desk& desk) {
    return set_list_item(desk, config_, digest, "a list of " + rfc3339(desk.now.wall_ms), ConnectorItem::State::kHeld, why.what + stays);
  }));
  run.failed = 1;
  run.words = "a list is held: " + why.what + stays;
  return {};
}

// --- telling

Result<void> UnListConnector::go_on(const Door& door, std::size_t most, ConnectorRun& run) {
  Telling telling = std::move(*telling_);
  Known known = std::move(*known_);
  loaded_ = false;   // until what is done here is stored
  known_.reset();
  telling_.reset();
  std::optional<Error> later;
  const std::size_t room = std::min(std::max<std::size_t>(most, 1), kToldAtOnce);
  TRY(door([&](Desk& desk) { return tell_some(desk, known, telling, room, run, later); }));
  const bool over = !later && telling.at == telling.changes.size();
  const std::string from = name_of_list(telling.version.generated_ms);
  const bool nothing = telling.changes.empty();
  known_ = std::move(known);
  loaded_ = true;
  if (!over) telling_ = std::move(telling);
  if (later && run.done + run.failed == 0) return *later;
  run.more = !over;
  run.words = std::to_string(run.done) + (run.done == 1 ? " change told, of " : " changes told, of ") + from;
  if (nothing) run.words = from + " says what the last one said";
  if (run.failed > 0) run.words += "; " + std::to_string(run.failed) + " cannot be: liaison connector items " + config_.name;
  return {};
}

// At one visit of the desk. An error that passes is `later`: what was done before it is stored.
Result<void> UnListConnector::tell_some(Desk& desk, Known& known, Telling& telling, std::size_t room, ConnectorRun& run, std::optional<Error>& later) {
  ListStore store(desk.node.store());
  ListSaid said(desk, config_);
  const std::size_t end = std::min(telling.changes.size(), telling.at + kMovedAtOnce);
  for (; telling.at < end && run.done + run.failed < room; ++telling.at) {
    const ListChange& change = telling.changes[telling.at];
    const std::string& reference = change.entry.reference;
    if (change.told) {
      const auto outcome = tell_change(desk, config_, said, telling.version, change, known.records[reference]);
      if (!outcome && outcome.error().code == Code::kStore) return outcome.error();
      if (!outcome) {
        later = outcome.error();
        return {};
      }
      run.done += outcome->done ? 1 : 0;
      run.failed += outcome->failed ? 1 : 0;
      if (!outcome->done) continue;   // its row stays, and the change with it
      if (!outcome->record.empty()) known.records[reference] = outcome->record;
    }
    if (!known.being_told || known.being_told->digest != telling.version.digest) {
      TRY(store.set_being_told(config_.name, telling.version));
      known.being_told = telling.version;
      known.list.generated_ms = telling.version.generated_ms;
    }
    const bool standing = change.what != ListChange::What::kRemoved;
    TRY(store.put(config_.name, {change.entry, standing, known.records[reference]}));
    if (standing) known.list.standing[reference] = change.entry;
    else known.list.standing.erase(reference);
  }
  if (telling.at < telling.changes.size()) return {};
  known.version = telling.version;
  known.being_told.reset();
  known.list.generated_ms = telling.version.generated_ms;
  known.list.entries = telling.version.entries;
  return finish(desk, telling);
}

Result<void> UnListConnector::finish(Desk& desk, const Telling& telling) {
  ListStore store(desk.node.store());
  TRY(store.set_version(config_.name, telling.version));
  const std::string words = telling.changes.empty() ? "nothing has changed" : changes_in_words(telling.changes);
  TRY(set_list_item(desk, config_, telling.version.digest, name_of_list(telling.version.generated_ms), ConnectorItem::State::kDone, words));
  return end_old_list_items(desk, config_, telling.version);
}

}  // namespace liaison

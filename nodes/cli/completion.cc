// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/completion.h"

#include <algorithm>
#include <set>

#include "nodes/cli/typed.h"
#include "nodes/cli/when.h"
#include "nodes/domain/states.h"

namespace liaison {
namespace {

constexpr std::string_view kSeparators = ":,=[";   // between the pieces of a value's name, such as BODY:ROLE

bool is_operand(std::string_view word) { return word.size() < 2 || word[0] != '-'; }

// The line up to the word under way.
class Line {
 public:
  explicit Line(const std::vector<Command>& commands) : commands_(commands) {}

  // False when the parser would refuse the line whatever came next.
  bool take(const std::string& word) {
    if (awaited_ != nullptr) {
      settle(*awaited_, word);
      awaited_ = nullptr;
      return true;
    }
    if (operands_only_ || is_operand(word)) return take_operand(word);
    if (word == "--") {
      operands_only_ = true;
      return true;
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const Argument* option = option_called(word.substr(0, equals));
    if (option == nullptr) return take_joined(word);
    used_.insert(option->name);
    if (equals != std::string::npos) {
      settle(*option, word.substr(equals + 1));
      return !option->is_flag();
    }
    if (!option->is_flag()) awaited_ = option;
    return true;
  }

  const Argument* awaited() const { return awaited_; }
  bool operands_only() const { return operands_only_; }
  const std::vector<Command>& commands() const { return commands_; }
  const std::string& place() const { return place_; }
  const std::string& operand_words() const { return operand_words_; }
  const Command* command() const { return command_; }
  const std::map<std::string, std::string>& globals() const { return globals_; }

  // The option that is spelled so at this place, given once already or not.
  const Argument* option_called(const std::string& spelling) const {
    const auto all = options();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Argument* option) {
      const auto spellings = option->spellings();
      return std::find(spellings.begin(), spellings.end(), spelling) != spellings.end();
    });
    return found == all.end() ? nullptr : *found;
  }
  // The command's own first; those that the parser takes at this place.
  std::vector<const Argument*> options() const {
    std::vector<const Argument*> all;
    if (command_ != nullptr) {
      for (const Argument& argument : command_->arguments) {
        if (argument.is_option()) all.push_back(&argument);
      }
    }
    for (const Argument& argument : global_arguments()) all.push_back(&argument);
    all.push_back(&help_flag());
    if (place_.empty()) all.push_back(&version_flag());
    return all;
  }
  bool may_come(const Argument& option) const { return option.many || !used_.contains(option.name); }
  // The operand that comes next; null when there is none any more.
  const Argument* operand() const {
    std::size_t at = 0;
    for (const Argument& argument : command_->arguments) {
      if (!argument.is_option() && (argument.many || at++ == operands_)) return &argument;
    }
    return nullptr;
  }

 private:
  bool take_operand(const std::string& word) {
    if (command_ == nullptr) return step(word);
    const bool taken = operand() != nullptr;
    ++operands_;
    operand_words_ += (operand_words_.empty() ? "" : " ") + word;
    return taken;
  }

  // "visit" and then "plan"; false when no command begins so.
  bool step(const std::string& word) {
    place_ += (place_.empty() ? "" : " ") + word;
    bool begun = false;
    for (const Command& command : commands_) {
      if (command.words == place_) command_ = &command;
      begun = begun || command.words == place_ || command.words.starts_with(place_ + " ");
    }
    return begun;
  }

  // "-ojson".
  bool take_joined(const std::string& word) {
    const Argument* option = word.starts_with("--") ? nullptr : option_called(word.substr(0, 2));
    if (option == nullptr || option->is_flag()) return false;
    used_.insert(option->name);
    settle(*option, word.substr(2));
    return true;
  }

  void settle(const Argument& option, const std::string& value) { globals_[option.spellings().back()] = value; }

  const std::vector<Command>& commands_;
  std::string place_;
  const Command* command_ = nullptr;
  const Argument* awaited_ = nullptr;
  bool operands_only_ = false;
  std::size_t operands_ = 0;
  std::string operand_words_;
  std::set<std::string> used_;
  std::map<std::string, std::string> globals_;   // of all options; only the globals are looked up
};

// Where the piece that the words are for begins in what is typed, and what is put behind a word: "UNODC:" and "" for BODY:ROLE
// when ROLE is meant. Nothing when another piece is under way.
struct Piece { std::string before, after; };
std::optional<Piece> piece_under_way(const Argument& argument, const std::string& begun) {
  if (argument.piece.empty()) return Piece{};
  std::string_view form = argument.value;
  std::size_t at = 0;
  while (!form.starts_with(argument.piece)) {
    const std::size_t next = form.find_first_of(kSeparators);
    if (next == std::string_view::npos) return std::nullopt;
    const std::size_t typed = begun.find(form[next], at);
    if (typed == std::string::npos) return std::nullopt;
    at = typed + 1;
    form.remove_prefix(next + 1);
  }
  form.remove_prefix(argument.piece.size());
  const bool goes_on = !form.empty() && std::string_view(":,=").find(form[0]) != std::string_view::npos;
  return Piece{begun.substr(0, at), goes_on ? std::string(1, form[0]) : ""};
}

void offer(Completion& completion, const std::string& begun, Candidate candidate) {
  if (candidate.word.starts_with(begun)) completion.words.push_back(std::move(candidate));
}

void offer_words(Completion& completion, const Argument& argument, const std::vector<std::string_view>& words, const std::string& begun) {
  const auto piece = piece_under_way(argument, begun);
  if (!piece) return;
  for (const std::string_view word : words) offer(completion, begun, {piece->before + std::string(word) + piece->after, ""});
}

// The next word of each command that goes on from here: its summary, or its group's.
Completion command_words(const std::vector<Command>& commands, const std::string& place, const std::string& begun) {
  Completion completion;
  std::set<std::string> seen;
  const std::string before = place.empty() ? "" : place + " ";
  for (const Command& command : commands) {
    if (!command.words.starts_with(before)) continue;
    const std::string word = split(std::string_view(command.words).substr(before.size()), ' ', 2).front();
    if (!seen.insert(word).second) continue;
    const auto group = group_summaries().find(before + word);
    offer(completion, begun, {word, before + word == command.words ? command.summary : group == group_summaries().end() ? "" : group->second});
  }
  return completion;
}

Completion values(const Argument& argument, const std::string& begun, const Line& line, const AskIds& ask) {
  if (values_of(argument) == Values::kCommand) return command_words(line.commands(), line.operand_words(), begun);
  Completion completion;
  const Values kind = values_of(argument);
  if (kind == Values::kWords) offer_words(completion, argument, argument.words, begun);
  if (kind == Values::kMember) offer_words(completion, argument, committees(), begun);
  if (kind == Values::kFile) completion.names = Completion::Names::kFiles;
  if (kind == Values::kFolder) completion.names = Completion::Names::kFolders;
  if (kind == Values::kState) {
    for (const State& state : States::standard().all()) offer(completion, begun, {state.alpha3, state.name});
  }
  if (kind == Values::kZone) {
    for (const std::string& zone : zone_names()) offer(completion, begun, {zone, ""});
  }
  if (kind == Values::kRecord || kind == Values::kMessage) {
    for (Candidate& id : ask(kind, begun, line.globals())) offer(completion, begun, std::move(id));
  }
  return completion;
}

Completion option_names(const Line& line, const std::string& begun) {
  Completion completion;
  for (const Argument* option : line.options()) {
    if (!line.may_come(*option)) continue;
    for (const std::string& spelling : option->spellings()) {
      if (spelling.starts_with("--") || spelling == begun) offer(completion, begun, {spelling, option->help});
    }
  }
  return completion;
}

std::vector<std::string> spellings_at(const Line& line) {
  std::vector<std::string> all;
  for (const Argument* option : line.options()) {
    for (const std::string& spelling : option->spellings()) {
      if (spelling.starts_with("--")) all.push_back(spelling);
    }
  }
  return all;
}

std::vector<std::string> next_words(const Line& line) {
  std::vector<std::string> all;
  for (const Candidate& candidate : command_words(line.commands(), line.place(), "").words) all.push_back(candidate.word);
  return all;
}

}  // namespace

std::optional<Slip> first_slip(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  Line line(commands);
  for (const std::string& word : words) {
    const bool option = line.awaited() == nullptr && !line.operands_only() && !is_operand(word);
    Slip slip{option ? word.substr(0, word.find('=')) : word, line.place(), {}};
    if (option) slip.known = spellings_at(line);
    else if (line.command() == nullptr) slip.known = next_words(line);
    if (line.take(word)) continue;
    // A flag that was given a value is spelled right, and the parser's to tell.
    const bool right = std::find(slip.known.begin(), slip.known.end(), slip.word) != slip.known.end();
    return right ? std::nullopt : std::optional<Slip>(std::move(slip));
  }
  return std::nullopt;
}

Completion complete(const std::vector<Command>& commands, const std::vector<std::string>& words, const AskIds& ask) {
  Line line(commands);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!line.take(words[i])) return {};
  }
  const std::string& begun = words.back();
  if (line.awaited() != nullptr) return values(*line.awaited(), begun, line, ask);
  const std::size_t equals = begun.starts_with("--") && !line.operands_only() ? begun.find('=') : std::string::npos;
  if (equals != std::string::npos) {
    const Argument* option = line.option_called(begun.substr(0, equals));
    if (option == nullptr || option->is_flag() || !line.may_come(*option)) return {};
    Completion completion = values(*option, begun.substr(equals + 1), line, ask);
    for (Candidate& candidate : completion.words) candidate.word.insert(0, begun, 0, equals + 1);
    return completion;
  }
  if (begun.starts_with("-") && !line.operands_only()) return option_names(line, begun);
  if (line.command() == nullptr) return command_words(commands, line.place(), begun);
  if (const Argument* operand = line.operand()) return values(*operand, begun, line, ask);
  return begun.empty() && !line.operands_only() ? option_names(line, "") : Completion{};
}

}  // namespace liaison

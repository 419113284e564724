// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/shell_scripts.h"

namespace liaison {
namespace {

// bash cuts the line at ':' and '=' too: the pieces are put together again, up to the cursor, and what stands before the last
// piece is taken off the answers.
constexpr std::string_view kBash = R"script(# Completion of liaison for bash:  source <(liaison completion bash)
_liaison() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() piece word what
  for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    [[ ${#words[@]} -gt 0 && $rest != [[:space:]]* && -n $rest ]] || words+=("")
    rest=${rest#"${rest%%[![:space:]]*}"}
    words[-1]+=${rest:0:${#piece}}
    rest=${rest:${#piece}}
  done
  words=("${words[@]//[\"\'\\]/}")
  local before=${words[-1]%"${words[-1]##*[$COMP_WORDBREAKS]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r word what; do
    case $word in
      :files) compopt -o default ;;
      :folders) compopt -o dirnames ;;
      *) COMPREPLY+=("${word#"$before"}"); [[ $word != *[,:=] ]] || compopt -o nospace ;;
    esac
  done < <(liaison __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _liaison liaison
)script";

constexpr std::string_view kZsh = R"script(#compdef liaison
# Completion of liaison for zsh, after compinit:  source <(liaison completion zsh)
_liaison() {
  local line word
  local -a whole open
  for line in "${(@f)$(liaison __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    case $word in
      '') ;;
      :files) compset -P '--[^=]#='; _files ;;
      :folders) compset -P '--[^=]#='; _files -/ ;;
      *[,:=]) open+=("${word//:/\\:}:${line#*$'\t'}") ;;
      *) whole+=("${word//:/\\:}:${${line#$word}#$'\t'}") ;;
    esac
  done
  _describe -V liaison whole -- open -S ''
}
if [[ $funcstack[1] == _liaison ]]; then _liaison "$@"; elif (( $+functions[compdef] )); then compdef _liaison liaison; fi
)script";

constexpr std::string_view kFish = R"script(# Completion of liaison for fish:  liaison completion fish | source
function __liaison_complete
    set -l now (commandline -ct)
    set -l before (string match -r -- '^--[^=]*=' "$now")
    set -l words (commandline -opc)
    for line in (liaison __complete -- $words[2..] "$now" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (string replace -- "$before" '' "$now") | string replace -r -- '^' "$before"
            case :folders
                __fish_complete_directories (string replace -- "$before" '' "$now") | string replace -r -- '^' "$before"
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c liaison -f -a '(__liaison_complete)'
)script";

}  // namespace

const std::vector<std::string_view>& shells() {
  static const std::vector<std::string_view> all = {"bash", "zsh", "fish"};
  return all;
}

std::string_view shell_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : std::string_view();
}

}  // namespace liaison

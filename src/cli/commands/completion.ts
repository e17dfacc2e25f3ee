// `skiff completion`: scripts that let a shell complete commands and flags. They ask `skiff __complete` for words.

import { defineCommand } from '../command.ts';
import { ExitError } from '../exit.ts';

// ':' and '=' end a word for readline, not for us: the line is taken apart by hand, and of each candidate only what
// comes after the last of them is handed back.
const bash = `# bash completion for skiff: source <(skiff completion bash)
_skiff() {
  local line="\${COMP_LINE:0:COMP_POINT}" current tail
  local -a words=("\${COMP_WORDS[@]:0:COMP_CWORD + 1}")
  if [[ -n $line ]]; then
    read -ra words <<<"$line"
    if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  fi
  mapfile -t COMPREPLY < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  if [[ \${COMPREPLY[0]} == :files ]]; then
    compopt -o default 2>/dev/null
    COMPREPLY=("\${COMPREPLY[@]:1}")
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[:=] ]]; then compopt -o nospace 2>/dev/null; fi
  current="\${words[-1]}"
  tail="\${current##*[$COMP_WORDBREAKS]}"
  COMPREPLY=("\${COMPREPLY[@]#"\${current%"$tail"}"}")
}
complete -F _skiff skiff
`;

const zsh = `#compdef skiff
# zsh completion for skiff: source <(skiff completion zsh)
_skiff() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${found[1]}" == :files ]]; then
    found=("\${(@)found[2,-1]}")
    _files
  fi
  local -a open=("\${(@M)found:#*[:=]}") closed=("\${(@)found:#*[:=]}")
  compadd -S '' -- "\${open[@]}"
  compadd -- "\${(@)closed:#}"
}
compdef _skiff skiff
if [[ "\${funcstack[1]}" == _skiff ]]; then _skiff; fi
`;

const fish = `# fish completion for skiff: skiff completion fish | source
function __skiff_complete
  set -l words (commandline -opc) (commandline -ct)
  for word in (skiff __complete $words[2..-1] 2>/dev/null)
    if test "$word" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $word
    end
  end
end
complete -c skiff -f -a '(__skiff_complete)'
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };

export const command = defineCommand({
  name: 'completion',
  usage: 'bash|zsh|fish',
  description: 'Generate the autocompletion script for the specified shell',
  args: [1, 1],
  flags: {},
  async run({ args: [shell = ''], world }) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (!script) throw new ExitError(`no completion for the shell "${shell}": there are bash, zsh and fish`);
    world.stdout.write(script);
  },
});

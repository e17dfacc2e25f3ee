// `skiff completion`: scripts that let a shell complete commands and flags. They ask `skiff __complete` for words.

import { defineCommand } from '../command.ts';
import { ExitError } from '../exit.ts';

const bash = `# bash completion for skiff: source <(skiff completion bash)
_skiff() {
  local IFS=$'\\n'
  COMPREPLY=($(skiff __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _skiff skiff
`;

const zsh = `#compdef skiff
# zsh completion for skiff: source <(skiff completion zsh)
_skiff() {
  local -a found
  found=("\${(@f)$(skiff __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _skiff skiff
`;

const fish = `# fish completion for skiff: skiff completion fish | source
function __skiff_complete
  set -l words (commandline -opc) (commandline -ct)
  skiff __complete $words[2..-1] 2>/dev/null
end
complete -c skiff -a '(__skiff_complete)'
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

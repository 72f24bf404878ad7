/** What `completion` takes, and the hidden `complete` that its scripts call at every Tab. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completionCommand = defineCommand({
  name: 'completion',
  description: 'print a script that completes lines in your shell',
  positionals: [{ syntax: '<shell>', description: 'the shell', choices: SHELLS }],
  help: `
To have it in every new shell:
  bash: add to ~/.bashrc
    source <(lk-transfer completion bash)
  zsh: add to ~/.zshrc, behind compinit
    source <(lk-transfer completion zsh)
  fish: add to ~/.config/fish/config.fish
    lk-transfer completion fish | source
  powershell: add to the file that $PROFILE names
    lk-transfer completion powershell | Out-String | Invoke-Expression
Departments and trunks are completed from the config file; nothing else is read,
and no server is asked, unless the config has "completion": {"live": true}: then
LiveKit is asked for the calls that are up, wherever a call may stand.
`,
  examples: ['completion bash', 'completion powershell'],
});

export type CompletionOptions = OptionsOf<typeof completionCommand>;

export const completeCommand = defineCommand({
  name: 'complete',
  description: 'say what may stand at the cursor, for the scripts of completion',
  positionals: [{ syntax: '<shell>' }, { syntax: '[request...]' }],
  examples: ['complete fish -- calls --status ""'],
  hidden: true,
});

export type CompleteOptions = OptionsOf<typeof completeCommand>;

/** The sandbox, and completion in shells. */
import { Argument, type Command } from 'commander';
import type { SandboxCommandOptions } from '../sandbox/run.ts';
import { allDeclared, examples, optionsOf, readWholeNumber } from '../shared/flags.ts';
import type { Declaring } from '../shared/invocation.ts';
import { describeGrammar } from './grammar.ts';
import { type CompletionOptions, SHELLS } from './run.ts';

/** Declares `sandbox`, `completion`, and the hidden `complete` that scripts of completion call. */
export function declareOthers({ program, add, emit }: Declaring): void {
  add('sandbox', 'run a LiveKit with calls on it, to try everything without a project', (own) =>
    own
      .option(
        '--port <port>',
        'listen on this port of the loopback (default: any)',
        readWholeNumber,
      )
      .option('--speed <times>', 'run this many times as fast as real time', readWholeNumber)
      .addHelpText(
        'after',
        '\nHow a target answers stands in its last three digits: 486 is busy, 480 is not' +
          '\navailable, 603 declines, 404 does not exist, 408 never answers; others answer.\n' +
          examples('sandbox', 'sandbox --port 7880 --speed 10'),
      )
      .action((_options, command: Command) =>
        emit({ command: 'sandbox', options: optionsOf<SandboxCommandOptions>(command) }),
      ),
  );

  add('completion', 'print a script that completes lines in your shell', (own) =>
    own
      .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
      .addHelpText(
        'after',
        `
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
and no server is asked.
${examples('completion bash', 'completion powershell')}`,
      )
      .action((shell: string, _options, command: Command) =>
        emit({ command: 'completion', options: optionsOf<CompletionOptions>(command, { shell }) }),
      ),
  );

  // What the scripts of `completion` call; nobody else needs to know of it.
  program
    .command('complete', { hidden: true })
    .description('say what may stand at the cursor, for the scripts of completion')
    .argument('<shell>')
    .argument('[request...]')
    .addHelpText('after', examples('complete fish -- calls --status ""'))
    .action((shell: string, request: string[]) =>
      emit({
        command: 'complete',
        request: { shell, request, grammar: describeGrammar(allDeclared(program)) },
      }),
    );
}

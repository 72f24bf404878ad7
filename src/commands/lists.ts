/** The commands that show what there is: calls, rooms, departments, and where a word leads. */
import { type Command, Option } from 'commander';
import type { CallsOptions } from './calls/run.ts';
import type { DepartmentsOptions } from './departments/run.ts';
import type { ResolveCommandOptions } from './resolve/run.ts';
import type { RoomsOptions } from './rooms/run.ts';
import { examples, optionsOf, refuseVia } from './shared/flags.ts';
import type { Declaring } from './shared/invocation.ts';

/** Declares `rooms`, `calls`, `departments` and `resolve`. */
export function declareLists({ add, emit }: Declaring): void {
  add('rooms', 'list rooms with SIP callers in them', (own) =>
    own
      .option('--all', 'every room, callers or not')
      .addHelpText('after', examples('rooms', 'rooms --all --json'))
      .action((_options, command: Command) =>
        emit({ command: 'rooms', options: optionsOf<RoomsOptions>(command) }),
      ),
  );

  add('calls', 'list the SIP calls that are up, and which of them are stuck', (own) =>
    own
      .option('--room <name>', 'only calls in this room')
      .addOption(
        new Option('--status <status>', 'only calls of this status').choices([
          'dialing',
          'ringing',
          'automation',
          'active',
          'hangup',
        ]),
      )
      .option('--trunk <trunk-id>', 'only calls on this trunk')
      .addOption(
        new Option('--direction <direction>', 'only calls this way').choices([
          'inbound',
          'outbound',
        ]),
      )
      .option('--stuck', 'only calls that nobody is serving')
      .addHelpText(
        'after',
        examples('calls', 'calls --stuck --fields callId,phoneNumber', 'calls --json'),
      )
      .action((_options, command: Command) =>
        emit({ command: 'calls', options: optionsOf<CallsOptions>(command) }),
      ),
  ).alias('participants');

  add('departments', 'list the departments of the config, and where each one leads', (own) =>
    own
      .option('--trunk <trunk>', 'on this trunk: an id, a name, or a SIP host')
      .option('--call <caller>', 'on the trunk of this call')
      .option('--all-trunks', 'on every trunk of the config, a line each')
      .addOption(new Option('--via <trunk>').argParser(refuseVia).hideHelp())
      .addHelpText(
        'after',
        examples('departments', 'departments --all-trunks', 'departments --json'),
      )
      .action((_options, command: Command) =>
        emit({ command: 'departments', options: optionsOf<DepartmentsOptions>(command) }),
      ),
  );

  add('resolve', 'show how a destination becomes the address a trunk gets', (own) =>
    own
      .argument('<destination>', 'a department, number, extension, or SIP or tel URI')
      .option('--trunk <trunk>', 'for this trunk: an id, a name, or a SIP host')
      .option('--call <caller>', 'for the trunk of this call')
      .option('--all-trunks', 'for every trunk of the config, a line each')
      .option('--via <trunk>', 'send it by this trunk or SIP domain instead')
      .addHelpText(
        'after',
        examples('resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'),
      )
      .action((destination: string, _options, command: Command) =>
        emit({
          command: 'resolve',
          options: optionsOf<ResolveCommandOptions>(command, { destination }),
        }),
      ),
  );
}

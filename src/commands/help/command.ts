/** What `help` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';

/** What there is help on beside commands. */
export const HELP_TOPICS = [
  'conditions',
  'environment',
  'exit-codes',
  'cold-or-warm',
  'providers',
] as const;

export type HelpTopic = (typeof HELP_TOPICS)[number];

export const helpCommand = defineCommand({
  name: 'help',
  description: 'show help on a command or topic',
  positionals: [
    { syntax: '[topic...]', description: `a command, or one of: ${HELP_TOPICS.join(', ')}` },
  ],
  examples: ['help exit-codes', 'help conditions', 'help transfer', 'help config init'],
});

export type HelpOptions = OptionsOf<typeof helpCommand>;

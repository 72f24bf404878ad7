/** What `sandbox` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { readWholeNumber, textFlag, valueFlag } from '../shared/flags.ts';

export const SANDBOX_FIELDS = ['url', 'apiKey', 'apiSecret'];

export const sandboxCommand = defineCommand({
  name: 'sandbox',
  description: 'run a LiveKit with calls on it, to try everything without a project',
  flags: [
    valueFlag(
      '--port <port>',
      'listen on this port of the loopback (default: any)',
      readWholeNumber,
    ),
    valueFlag('--speed <times>', 'run this many times as fast as real time', readWholeNumber),
    textFlag('--webhook <url>', 'send webhooks there, as LiveKit does: http://127.0.0.1:PORT'),
  ],
  fields: { '': SANDBOX_FIELDS },
  help:
    '\nHow a target answers stands in its last three digits: 486 is busy, 480 is not' +
    '\navailable, 603 declines, 404 does not exist, 408 never answers; others answer.\n',
  examples: [
    'sandbox',
    'sandbox --port 7880 --speed 10',
    'sandbox --webhook http://127.0.0.1:7890',
  ],
});

export type SandboxCommandOptions = OptionsOf<typeof sandboxCommand>;

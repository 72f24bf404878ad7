/** What `rescue` takes. */
import type { RescueResult } from '../../call-control/rescue.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  dryRunFlag,
  identityFlag,
  ROOM_CHOICE,
  roomFlag,
  roomsFlag,
  textFlag,
  toggleFlag,
  waitFlag,
  yesFlag,
} from '../shared/flags.ts';

const RESULT_HAS = {
  outcome: true,
  caller: true,
  leg: true,
  agentName: true,
  dispatch: true,
  newcomers: true,
  answered: true,
  removed: true,
  call: true,
  headline: true,
  message: true,
  hint: true,
  advice: true,
  startedAt: true,
  durationMs: true,
  exitCode: true,
} as const satisfies Record<keyof RescueResult, true>;

export const RESCUE_FIELDS: readonly string[] = Object.keys(RESULT_HAS);
export const RESCUE_DRY_RUN_FIELDS = [
  'dryRun',
  'wouldSend',
  'call',
  'agentName',
  'waitMs',
  'agents',
  'replaces',
] as const;

export const rescueCommand = defineCommand({
  name: 'rescue',
  description: 'send for an agent, and wait until it is with the caller',
  positionals: [{ syntax: '[caller]', description: 'a call id, phone number, room or identity' }],
  flags: [
    textFlag('--agent <name>', 'whom to send for (default: rescue.agent of the config)'),
    waitFlag('how long to wait for it to be heard (default: 20s)'),
    toggleFlag('--replace', 'remove the agents that are there, once the new one is heard'),
    roomFlag,
    identityFlag,
    roomsFlag,
    yesFlag,
    dryRunFlag,
  ],
  fields: { '': RESCUE_FIELDS, '--dry-run': RESCUE_DRY_RUN_FIELDS },
  excludes: [ROOM_CHOICE],
  help:
    '\nA caller who still rings is answered by the audio of the agent. If none comes' +
    '\nin time, it is no longer sent for. Who is sent for by default, `rescue` of the' +
    '\nconfig says, for single numbers of yours as well.\n',
  examples: [
    'rescue SCL_6buggSZChRCG --agent fallback',
    'rescue "+1 510 555 0142" --agent fallback --replace --yes --json',
    'rescue --room call-42 --agent fallback --wait 30s',
  ],
});

export type RescueCommandOptions = OptionsOf<typeof rescueCommand>;

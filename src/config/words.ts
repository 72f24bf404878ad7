/**
 * The words that a config chooses from, and the file that it comes from: its names, its formats.
 * Apart from the schema, since the command line needs them too, and valibot takes time to load.
 */
import { nearestNames } from '../core/text.ts';
import type { TransferConfig } from './types.ts';

/** The providers and PBXs that have a preset. */
export const PROVIDER_NAMES = [
  'twilio',
  'telnyx',
  'plivo',
  'asterisk',
  'freeswitch',
  'didww',
  'wavix',
  'sinch',
  'livekit',
] as const;

/** What people call one that has a preset by another name. */
const OTHER_NAMES: Readonly<Record<string, (typeof PROVIDER_NAMES)[number]>> = {
  freepbx: 'asterisk',
  pjsip: 'asterisk',
};

const HELP = '`lk-transfer help providers`';

/** Says that a word names no preset, and what to write instead. */
export function providerProblem(written: unknown): string {
  const word = String(written).trim().toLowerCase();
  const near = Object.hasOwn(OTHER_NAMES, word)
    ? OTHER_NAMES[word]
    : nearestNames(word, PROVIDER_NAMES, 1)[0];
  const guess = near === undefined ? '' : `; did you mean "${near}"?`;
  const other = 'For any other provider leave "provider" out and write "dial"';
  return `there is no preset "${written}"${guess || '.'} There are ${PROVIDER_NAMES.join(', ')}. ${other} (${HELP})`;
}

/** Kinds of numbers that cost more than a call, which `policy.premium` allows one by one. */
export const PREMIUM_KINDS = [
  'premium-rate',
  'shared-cost',
  'personal',
  'satellite',
  'global-network',
] as const;

/** The ringing that a caller hears: by country, ETSI's, or the one that LiveKit finds fitting. */
export const DIALTONES = ['auto', 'us', 'uk', 'jp', 'au', 'etsi'] as const;

/**
 * How a caller is moved: by a REFER, which the trunk carries out; by dialling the target into the
 * caller's room; or by the second where the first is certain to have called nobody.
 */
export const TRANSFER_METHODS = ['refer', 'bridge', 'auto'] as const;

/** Whose number the target of a bridge sees. */
export const BRIDGE_CALLER_IDS = ['trunk', 'caller'] as const;

/** In characters. Spoken as it stands: longer, and nobody would wait for its end. */
export const LONGEST_ANNOUNCEMENT = 300;

/** What a smoke test can be about: that a trunk transfers, or that it dials. */
export const SMOKE_METHODS = ['refer', 'bridge'] as const;

/** What a smoke test can find; smoke/result.ts says what each one means. */
export const SMOKE_VERDICTS = [
  'supported',
  'unsupported',
  'refused',
  'needs-configuration',
  'inconclusive',
  'call-failed',
] as const;

/** The names a config file goes by, in a project and in the user's folder; the first one wins. */
export const CONFIG_NAMES = [
  'transfer.config.json',
  'transfer.config.yaml',
  'transfer.config.yml',
] as const;

/** The two kinds of text that a config file is. */
export type ConfigFormat = 'json' | 'yaml';

/**
 * Reads the format of a config file off its name.
 * @returns null for a name that no config file has
 */
export function formatOf(file: string): ConfigFormat | null {
  if (file.endsWith('.json')) return 'json';
  return /\.ya?ml$/.test(file) ? 'yaml' : null;
}

/** A config and where it came from. */
export interface LoadedConfig {
  /** Absolute path; null: there is no config file, and `config` is empty. */
  file: string | null;
  config: TransferConfig;
  /** true: the example that the package ships, used with --sandbox. */
  bundled: boolean;
}

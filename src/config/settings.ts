/** The settings of a run: flag, else environment, else file, else default, and which it was. */

import { UsageError } from '../core/errors.ts';
import { DEFAULT_WAIT_MS } from '../core/text.ts';
import { alternatives } from './json.ts';
import type {
  DepartmentConfig,
  DialTemplates,
  Dialtone,
  PremiumKind,
  TransferConfig,
} from './types.ts';
import { readCountry, readWait } from './values.ts';
import { DIALTONES } from './words.ts';

/** One value, and where it came from. */
interface Setting<T> {
  value: T;
  /** For people: `flag --wait`, `environment LK_TRANSFER_WAIT`, `file` or `default`. */
  origin: string;
}

export interface Settings {
  /** How long to wait for the target, in ms: whole seconds, 2 to 290 of them. */
  wait: Setting<number>;
  /** The ringing that the caller hears while they wait; false: none. */
  dialtone: Setting<Dialtone | false>;
  /** Two capital letters, for numbers written without a plus. */
  defaultCountry: Setting<string | null>;
  /** The project of the lk CLI that the config names, or --project. */
  project: Setting<string | null>;
  dial: Setting<DialTemplates>;
  /** Identities that are agents without saying so. */
  agents: Setting<readonly string[]>;
  /** Names of rooms that can hold callers, with `*` for any characters; null: any room can. */
  rooms: Setting<readonly string[] | null>;
  adHoc: Setting<boolean>;
  /** Where typed-in numbers may be; null: neither a list nor a default country says. */
  countries: Setting<readonly string[] | null>;
  /** SIP domains that calls may be sent to; null: any. */
  domains: Setting<readonly string[] | null>;
  /** Of the numbers that cost more than a call: all, none, or these kinds. */
  premium: Setting<boolean | readonly PremiumKind[]>;
  /** The record of transfers. */
  history: {
    enabled: Setting<boolean>;
    /** Of phone numbers only the last two digits are recorded. */
    maskNumbers: Setting<boolean>;
    /** For about how many days entries are kept. */
    days: Setting<number>;
  };
  /** Tab asks LiveKit for the calls that are up. */
  completionLive: Setting<boolean>;
}

type Names = readonly string[] | null;

/** The flags that override the config; undefined when the command line does not carry them. */
export interface SettingFlags {
  /** A duration as typed. */
  wait?: string | undefined;
  /** Only when --dialtone or --no-dialtone was given: a parser's default is not a choice. */
  dialtone?: boolean | Dialtone | undefined;
  project?: string | undefined;
  /** Patterns, as typed. */
  rooms?: readonly string[] | undefined;
  /** false when --no-history was given. */
  history?: boolean | undefined;
}

/** The variables that set something, for `help environment`. */
export const SETTING_VARIABLES = {
  LK_TRANSFER_WAIT: 'How long to wait for the target (transfer.wait)',
  LK_TRANSFER_DIALTONE: 'The ringing the caller hears, or false (transfer.dialtone)',
  LK_TRANSFER_COUNTRY: 'The country of numbers typed without + (defaultCountry)',
  LK_TRANSFER_HISTORY: 'Whether transfers are recorded, true or false (history.enabled)',
} as const;

const DEFAULT_HISTORY_DAYS = 90;
const YES_OR_NO: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/**
 * Resolves every value that a flag, a variable or the config can set.
 * @throws UsageError for a flag or a variable that makes no sense; an empty variable is unset
 */
export function resolveSettings({
  flags = {},
  env = {},
  config,
}: {
  flags?: SettingFlags;
  env?: Readonly<Record<string, string | undefined>>;
  config: TransferConfig;
}): Settings {
  const variable = <T>(name: keyof typeof SETTING_VARIABLES, read: Reader<T>) =>
    given(env[name]?.trim() || undefined, `environment ${name}`, (text) => read(text, name));
  const flag = <T>(text: string | undefined, name: string, read: Reader<T>) =>
    given(text, `flag ${name}`, (typed) => read(typed, name));

  const defaultCountry =
    variable('LK_TRANSFER_COUNTRY', typedCountry) ??
    fromFile<string | null>(config.defaultCountry, null);
  const { adHoc, countries, domains, premium } = config.policy ?? {};
  // No variable overrides a policy: the file's own country stays the one that may be called.
  const allowedCountry = config.defaultCountry ?? defaultCountry.value;
  return {
    wait:
      flag(flags.wait, '--wait', typedWait) ??
      variable('LK_TRANSFER_WAIT', typedWait) ??
      fromFile(fileWait(config.transfer?.wait), DEFAULT_WAIT_MS),
    dialtone:
      given(
        flags.dialtone,
        flags.dialtone === false ? 'flag --no-dialtone' : 'flag --dialtone',
        (typed) => typedDialtone(String(typed), '--dialtone'),
      ) ??
      variable('LK_TRANSFER_DIALTONE', typedDialtone) ??
      fromFile(fileDialtone(config.transfer?.dialtone), 'auto'),
    defaultCountry,
    project:
      flag(flags.project, '--project', (text) => text) ??
      fromFile<string | null>(config.livekit?.project, null),
    dial: fromFile<DialTemplates>(config.dial, {}),
    agents: fromFile<readonly string[]>(config.agents, []),
    rooms: given(flags.rooms, 'flag --rooms') ?? fromFile<Names>(config.rooms, null),
    adHoc: fromFile(adHoc, true),
    countries: fromFile<Names>(countries, allowedCountry === null ? null : [allowedCountry]),
    domains: fromFile<Names>(domains, null),
    premium: fromFile<boolean | readonly PremiumKind[]>(premium, false),
    history: {
      enabled:
        given(flags.history, flags.history ? 'flag --history' : 'flag --no-history') ??
        variable('LK_TRANSFER_HISTORY', typedYesOrNo) ??
        fromFile(config.history?.enabled, true),
      maskNumbers: fromFile(config.history?.maskNumbers, false),
      days: fromFile(config.history?.days, DEFAULT_HISTORY_DAYS),
    },
    completionLive: fromFile(config.completion?.live, false),
  };
}

/**
 * The settings for one department: what it says itself overrides the rest of the file, and
 * is overridden by flags and environment.
 */
export function resolveDepartmentSettings(
  settings: Settings,
  name: string,
  department: DepartmentConfig,
): Pick<Settings, 'wait' | 'dialtone' | 'defaultCountry'> {
  const own = <T>(general: Setting<T>, value: T | undefined, key: string): Setting<T> =>
    value === undefined || isSetForThisRun(general)
      ? general
      : { value, origin: `file, departments.${name}.${key}` };
  return {
    wait: own(settings.wait, fileWait(department.wait), 'wait'),
    dialtone: own(settings.dialtone, fileDialtone(department.dialtone), 'dialtone'),
    // A department's country says how its own number is written: no variable can know better.
    defaultCountry:
      department.country === undefined
        ? settings.defaultCountry
        : { value: department.country, origin: `file, departments.${name}.country` },
  };
}

/** Says whether somebody set this for this very run, by a flag or a variable. */
export function isSetForThisRun(setting: Setting<unknown>): boolean {
  return setting.origin.startsWith('flag ') || setting.origin.startsWith('environment ');
}

/** One line of `config show`: the key as the config file writes it. */
export interface SettingRow {
  /** As the config file writes it: `transfer.wait`. */
  key: string;
  /** null: it is not set. */
  value: string | number | boolean | null | readonly string[];
  /** What has set it: a flag, a variable, the file, or nothing (`default`). */
  origin: string;
}

/** Every setting as `config show` lists it, keys and values in the config file's own writing. */
export function listSettings(settings: Settings): SettingRow[] {
  const { dial } = settings;
  const row = (key: string, setting: Setting<SettingRow['value']>) => ({ key, ...setting });
  const template = (value: string | null | undefined): Setting<string | null> => ({
    value: value ?? null,
    origin: value === undefined ? 'default' : dial.origin,
  });
  return [
    row('defaultCountry', settings.defaultCountry),
    row('dial.number', template(dial.value.number)),
    row('dial.extension', template(dial.value.extension)),
    row('transfer.wait', { ...settings.wait, value: `${settings.wait.value / 1000}s` }),
    row('transfer.dialtone', settings.dialtone),
    row('agents', settings.agents),
    row('rooms', settings.rooms),
    row('policy.adHoc', settings.adHoc),
    row('policy.countries', settings.countries),
    row('policy.domains', settings.domains),
    row('policy.premium', settings.premium),
    row('history.enabled', settings.history.enabled),
    row('history.maskNumbers', settings.history.maskNumbers),
    row('history.days', settings.history.days),
    row('completion.live', settings.completionLive),
    row('livekit.project', settings.project),
  ];
}

type Reader<T> = (text: string, name: string) => T;

function given<T>(value: T | undefined, origin: string): Setting<T> | undefined;
function given<T, R>(
  value: T | undefined,
  origin: string,
  read: (value: T) => R,
): Setting<R> | undefined;
function given<T, R>(value: T | undefined, origin: string, read?: (value: T) => R) {
  if (value === undefined) return undefined;
  return { value: read === undefined ? value : read(value), origin };
}

function fromFile<T>(value: T | undefined, fallback: T): Setting<T> {
  return value === undefined ? { value: fallback, origin: 'default' } : { value, origin: 'file' };
}

/** The config has been checked by now: a wait that still cannot be read counts as none. */
function fileWait(written: string | number | undefined): number | undefined {
  if (written === undefined) return undefined;
  const wait = readWait(written);
  return wait.ok ? wait.ms : undefined;
}

/** `true` stands for the ringing that LiveKit finds fitting. */
function fileDialtone(written: boolean | Dialtone | undefined): Dialtone | false | undefined {
  return written === true ? 'auto' : written;
}

function typedDialtone(text: string, name: string): Dialtone | false {
  const known = DIALTONES.find((dialtone) => dialtone === text.toLowerCase());
  if (known !== undefined) return known;
  const answer = yesOrNo(text);
  if (answer !== undefined) return answer && 'auto';
  throw new UsageError(`${name}: expected true, false, ${alternatives(DIALTONES)}.`);
}

function typedWait(text: string, name: string): number {
  const wait = readWait(text);
  if (wait.ok) return wait.ms;
  throw new UsageError(`${name}: ${wait.problem}.`, {
    hint: `For example ${name}${name.startsWith('-') ? ' ' : '='}90s.`,
  });
}

function typedCountry(text: string, name: string): string {
  const country = readCountry(text);
  if (country.ok) return country.code;
  throw new UsageError(`${name}: ${country.problem}${country.problem.endsWith('?') ? '' : '.'}`);
}

function yesOrNo(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return Object.hasOwn(YES_OR_NO, word) ? YES_OR_NO[word] : undefined;
}

function typedYesOrNo(text: string, name: string): boolean {
  const answer = yesOrNo(text);
  if (answer === undefined) throw new UsageError(`${name}: expected true or false.`);
  return answer;
}

/** The config as one run has it: what the file says, with the country that the run goes by. */
export interface RunConfig extends TransferConfig {
  /**
   * The default country of the file, where a variable gives another one for this run. How numbers
   * are written is for whoever types them; what may be called is not, and remains the file's.
   */
  fileCountry?: string | undefined;
}

/** Puts the country that a run goes by into its config, and keeps the file's own beside it. */
export function applySettings(config: TransferConfig, { defaultCountry }: Settings): RunConfig {
  const country = defaultCountry.value ?? undefined;
  const own = config.defaultCountry;
  return {
    ...config,
    defaultCountry: country,
    ...(own !== undefined && own !== country && { fileCountry: own }),
  };
}

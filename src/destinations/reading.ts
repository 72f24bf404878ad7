/** What an input means: an address, a department, an extension or a number, in this order. */
import { writePath } from '../config/json.ts';
import type { DepartmentConfig, TransferConfig } from '../config/types.ts';
import { DestinationError, NotFoundError } from '../core/errors.ts';
import { foldName, nearestNames } from '../core/text.ts';
import { countInvisible, findInvisible } from './address/characters.ts';
import { dropPasted } from './address/phone-writing.ts';
import { checkUri, hasUriScheme, MAX_URI_LENGTH } from './address/uri.ts';
import type { Via } from './destination.ts';

/** A target as it is written, before any template. */
export type Target =
  /** `dropped`: what was left out of the text, as `dropPasted` names it. */
  | { kind: 'uri'; text: string; dropped: readonly string[] }
  | { kind: 'extension'; digits: string }
  | { kind: 'number'; text: string; dropped: readonly string[] };

export type Reading = Target | { kind: 'department'; department: Department };

const FORCED = /^(department|extension|number)\s*:/i;
const EXTENSION = /^\d{2,6}$/;
/** A forced extension may be a feature code (`*97`) or longer than a typed one. */
const FORCED_EXTENSION = /^[\d*#]{1,20}$/;
/** How a phone number begins, in any script's digits. */
const NUMBER_START = /^[+＋(（\d０-９٠-٩۰-۹]/;
/** What follows without a letter is at least meant as digits: `-5`, `*97`, `#1`. */
const NO_LETTER = /^[^\p{L}]+$/u;
const MAX_LISTED = 40;

/**
 * Reads what was typed, in this order: address, forcing prefix, department, extension
 * (2 to 6 digits), phone number.
 * @throws DestinationError for nothing, control characters, what is none of these;
 *   NotFoundError for a department that is not there
 */
export function readInput(text: string, config: TransferConfig): Reading {
  checkLength(text);
  const input = text.trim();
  const forced = FORCED.exec(input);
  const isForced = forced?.[1]?.toLowerCase() === 'department';
  if (hasUriScheme(input) || (forced !== null && !isForced)) return readTarget(text);
  const name = isForced ? input.slice(forced?.[0].length).trim() : input;
  const department = findDepartment(config, name);
  if (department !== null && invisibleInNameOnly(text)) return { kind: 'department', department };
  if (!isForced && meansNumber(dropPasted(text).text)) return readTarget(text);
  checkVisible(text);
  if (isForced) throw unknownDepartment(name, config);
  const address = addressMistake(input);
  if (address !== null) throw address;
  if (EXTENSION.test(input) || NUMBER_START.test(input) || NO_LETTER.test(input)) {
    return readTarget(input);
  }
  throw unknownDepartment(input, config);
}

/**
 * Reads a target that is no department: what a department's `to` may be.
 * @throws DestinationError when it is none
 */
export function readTarget(text: string): Target {
  checkLength(text);
  const pasted = dropPasted(text);
  const { text: visible, dropped } = meansNumber(pasted.text) ? pasted : { text, dropped: [] };
  checkVisible(visible);
  const input = visible.trim();
  if (hasUriScheme(input)) return { kind: 'uri', text: input, dropped };
  const forced = /^(extension|number)\s*:/i.exec(input);
  const rest = forced === null ? input : input.slice(forced[0].length).trim();
  if (forced?.[1]?.toLowerCase() === 'extension') {
    if (FORCED_EXTENSION.test(rest)) return { kind: 'extension', digits: rest };
    throw new DestinationError(`"${rest}" is not an extension: those are digits, * and #`, {
      hint: 'Write extension:100, or a whole address such as sip:alice@pbx.example.com.',
    });
  }
  const address = forced === null ? addressMistake(rest) : null;
  if (address !== null) throw address;
  if (forced === null && EXTENSION.test(rest)) return { kind: 'extension', digits: rest };
  if (forced === null && !NUMBER_START.test(rest) && !NO_LETTER.test(rest)) {
    throw new DestinationError(`"${rest}" is neither an extension, nor a number, nor an address`, {
      hint: 'Write 100, +15105550100 or sip:100@pbx.example.com.',
    });
  }
  const digits = dropPasted(rest);
  if (forced === null && EXTENSION.test(digits.text.trim())) {
    throw new DestinationError(
      `${digits.dropped.join(', ')} in front of ${digits.text.trim()}: no extension has that`,
      { hint: `Write ${digits.text.trim()} for the extension.` },
    );
  }
  return { kind: 'number', text: digits.text, dropped: [...dropped, ...digits.dropped] };
}

/**
 * Says whether a text is meant as a phone number, once it is without what copying brought along. An
 * extension and an address are not: there a hidden character may be somebody's disguise.
 */
function meansNumber(text: string): boolean {
  const input = text.trim();
  if (/^(?:number|tel)\s*:/i.test(input)) return true;
  if (EXTENSION.test(input) || /[@<:]/.test(input)) return false;
  return NO_LETTER.test(input) && /\p{Nd}/u.test(input);
}

/**
 * Says whether a department that was found has every hidden character of the text in its name, as
 * names in Persian do: folding takes away blanks alone, and a line feed is one.
 */
function invisibleInNameOnly(text: string): boolean {
  return countInvisible(foldName(text)) === countInvisible(text);
}

function checkLength(text: string): void {
  if (text.trim() === '') {
    throw new DestinationError('the destination is empty', {
      hint: 'Give a department, a phone number, an extension or a SIP address.',
    });
  }
  if (text.length > MAX_URI_LENGTH) {
    throw new DestinationError(`the destination is longer than ${MAX_URI_LENGTH} characters`);
  }
}

function checkVisible(text: string): void {
  const hidden = findInvisible(text);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of the destination`, {
      hint: 'Such a character cannot be sent: type the destination instead of pasting it.',
    });
  }
}

/** `100@pbx.example.com`, `"Sales" <sip:sales@…>`: an address with something missing or too much. */
function addressMistake(input: string): DestinationError | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(input)?.[1];
  if (scheme !== undefined) {
    return new DestinationError(`a call cannot be sent to a ${scheme}: address`, {
      hint: 'Addresses start with sip:, sips: or tel:.',
    });
  }
  if (!/@|^<|<(?:sips?|tel):|^["'“”‘’](?:sips?|tel):/i.test(input)) return null;
  const checked = checkUri(input);
  if (checked.ok) return null;
  return new DestinationError(`"${input}" is not a whole SIP address: ${checked.message}`, {
    hint: checked.repaired === undefined ? undefined : `Write ${checked.repaired}`,
  });
}

function unknownDepartment(name: string, config: TransferConfig): NotFoundError {
  const suggestions = nearestDepartments(config, name);
  const quoted = suggestions.map((found) => `"${found}"`);
  const guess = quoted.length === 0 ? '' : `; did you mean ${quoted.join(' or ')}?`;
  const names = listDepartments(config).map((department) => department.name);
  const more = names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : '';
  const list =
    names.length === 0
      ? 'There is no config that names departments. Write one with `lk-transfer config init`, or name one with --config.'
      : `Departments: ${names.slice(0, MAX_LISTED).join(', ')}${more}.`;
  return new NotFoundError('unknown-department', `there is no department "${name}"${guess}`, {
    hint: `${list} A number is written as +15105550100, an address as sip:100@pbx.example.com.`,
    data: { suggestions },
  });
}

// The departments a config names: short and long form alike, found by name or alias.

/** A department in its long form, with the name as the config spells it. */
export interface Department extends DepartmentConfig {
  name: string;
}

interface Directory {
  list: Department[];
  byFoldedName: Map<string, Department>;
}

const directories = new WeakMap<object, Directory>();
const EMPTY: Directory = { list: [], byFoldedName: new Map() };

/** Lists the departments in the config's own order, each in its long form. */
export function listDepartments(config: TransferConfig): Department[] {
  return directoryOf(config).list;
}

/**
 * Finds a department by its name or one of its aliases, case and blanks folded.
 * @returns the department, or null; it is never guessed
 */
export function findDepartment(config: TransferConfig, name: string): Department | null {
  return directoryOf(config).byFoldedName.get(foldName(name)) ?? null;
}

/** Names the departments that a mistyped name probably meant, nearest first. */
export function nearestDepartments(config: TransferConfig, name: string): string[] {
  const { list } = directoryOf(config);
  const owners = new Map<string, string>();
  for (const department of list) {
    for (const alias of department.aliases ?? []) owners.set(alias, department.name);
    owners.set(department.name, department.name);
  }
  const near = nearestNames(name, [...owners.keys()]);
  return [...new Set(near.map((found) => owners.get(found) ?? found))];
}

/** The config is the same object for many lookups: the directory is kept with it. */
function directoryOf(config: TransferConfig): Directory {
  const { departments } = config;
  if (departments === undefined) return EMPTY;
  const known = directories.get(departments);
  if (known !== undefined) return known;
  const list = Object.entries(departments).map(
    ([name, entry]): Department =>
      typeof entry === 'string' ? { name, to: entry } : { ...entry, name },
  );
  const byFoldedName = new Map<string, Department>();
  // Names before aliases: an alias never takes a call away from the department of that name.
  for (const department of list) addName(byFoldedName, department.name, department);
  for (const department of list) {
    for (const alias of department.aliases ?? []) addName(byFoldedName, alias, department);
  }
  const directory = { list, byFoldedName };
  directories.set(departments, directory);
  return directory;
}

/** Names are read before extensions: one that looks like an extension takes its place. */
export function shadowedExtensions({ name, to, aliases = [] }: Department): string[] {
  return [name, ...aliases]
    .map((word) => word.trim())
    .filter((word) => /^\d{2,6}$/.test(word) && to.replace(/^extension:/i, '').trim() !== word)
    .map(
      (word) =>
        `${writePath(['departments', name])}: "${word}" now means this department, not the extension ${word}. Write the extension as extension:${word}`,
    );
}

/** A message that begins with the department it is about, for where that is said already. */
export function withoutDepartment(message: string, name: string): string {
  const start = `${writePath(['departments', name])}, `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}

function addName(names: Map<string, Department>, name: string, department: Department): void {
  const folded = foldName(name);
  if (!names.has(folded)) names.set(folded, department);
}

// `--via`: one transfer by another trunk's rules, or to a domain given for it alone.

/**
 * Reads what `--via` names.
 * @param text a key of `trunks`, or a domain, with a port or parameters if need be; undefined where
 *   nothing was named
 * @throws NotFoundError when it is neither; DestinationError when it is no legal host
 */
export function readVia(text: string | undefined, config: TransferConfig): Via | null {
  if (text === undefined) return null;
  const wanted = text.trim();
  const hidden = findInvisible(text);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of --via`);
  }
  const trunks = Object.entries(config.trunks ?? {});
  const found =
    trunks.find(([key]) => key === wanted) ??
    trunks.find(([key]) => key.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return { kind: 'trunk', match: { key: found[0], trunk: found[1] } };

  const domain = wanted.replace(/^sips?:(?!.*@)/i, '');
  if (!/[.[]|^localhost(?::|$)/.test(domain))
    throw unknownTrunk(wanted, Object.keys(config.trunks ?? {}));
  const checked = checkUri(`sip:${domain}`);
  if (!checked.ok || checked.user !== null || checked.headers !== null) {
    throw new DestinationError(
      `--via: "${wanted}" is not a host${checked.ok ? '' : `: ${checked.message}`}`,
      { hint: 'Give a trunk of the config, or a domain such as trunk.provider.com.' },
    );
  }
  return { kind: 'domain', domain };
}

function unknownTrunk(wanted: string, keys: string[]): NotFoundError {
  const near = nearestNames(wanted, keys);
  const guess =
    near.length === 0 ? '' : `; did you mean ${near.map((key) => `"${key}"`).join(' or ')}?`;
  const known = keys.length === 0 ? 'The config names no trunks.' : `Trunks: ${keys.join(', ')}.`;
  return new NotFoundError('no-such-trunk', `--via: no trunk "${wanted}" in the config${guess}`, {
    hint: `${known} Or give a domain, such as trunk.provider.com.`,
    data: { suggestions: near },
  });
}

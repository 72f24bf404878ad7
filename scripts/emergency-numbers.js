// Writes the table of emergency numbers into src/destinations/address/dial-string.ts, from the data of
// Google's libphonenumber (Apache-2.0). The package has 600 KB: the program has the table alone.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import libphonenumber from 'google-libphonenumber';

const SOURCE = fileURLToPath(
  new URL('../src/destinations/address/dial-string.ts', import.meta.url),
);
const TABLE = /(?<=const TABLE = `\n)[^`]*(?=`;)/;
const LINE_WIDTH = 100;

// Numbers of the fields in libphonenumber's phonemetadata.proto.
const GENERAL = 1;
const EMERGENCY = 27;
const PATTERN = 2;
const LENGTHS = 9;

/** @typedef {import('google-libphonenumber').CountryMetadata} CountryMetadata */

/** All numbers by their length, a line each. */
const NUMBERS = [''];

/** @param {number} length @returns {string} */
function numbersOfLength(length) {
  NUMBERS[length] ??= Array.from({ length: 10 }, (_, digit) =>
    numbersOfLength(length - 1).replaceAll(/^/gm, String(digit)),
  ).join('\n');
  return NUMBERS[length];
}

/**
 * Lists the emergency numbers of a country.
 * @param {CountryMetadata} metadata
 * @returns {string[]}
 */
function numbersOf(metadata) {
  const pattern = metadata[EMERGENCY]?.[PATTERN];
  if (typeof pattern !== 'string') return [];
  // All numbers at once: held to it one by one, a million of them take half a second.
  const whole = new RegExp(`^(?:${pattern})$`, 'gm');
  // Lengths that are those of all the country's short numbers are said there alone.
  const lengths = metadata[EMERGENCY]?.[LENGTHS] ?? metadata[GENERAL]?.[LENGTHS];
  if (!Array.isArray(lengths)) return [];
  return lengths.flatMap((length) => numbersOfLength(length).match(whole) ?? []);
}

/**
 * Writes four and more numbers in a row as a range: `1300-1303`.
 * @param {string[]} numbers
 */
function withRanges(numbers) {
  /** @type {string[][]} */
  const runs = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    const before = run?.at(-1) ?? '';
    if (before.length === number.length && Number(before) + 1 === Number(number)) run?.push(number);
    else runs.push([number]);
  }
  return runs.flatMap((run) => (run.length < 4 ? run : `${run[0]}-${run.at(-1)}`));
}

/** An entry for countries that have the same numbers, `GF GP MQ 15 17 18`. */
function tableText() {
  /** @type {Map<string, string[]>} */
  const countries = new Map();
  const { countryToMetadata } = libphonenumber.shortnumbermetadata;
  for (const [country, metadata] of Object.entries(countryToMetadata)) {
    const numbers = withRanges(numbersOf(metadata)).join(' ');
    if (numbers !== '') countries.set(numbers, [...(countries.get(numbers) ?? []), country]);
  }
  const entries = [...countries].map(([numbers, names]) => `${names.sort().join(' ')} ${numbers}`);
  const lines = [''];
  for (const word of `${entries.sort().join('|')}\n`.split(/(?<=[| ])/)) {
    if ((lines.at(-1) + word).trimEnd().length > LINE_WIDTH) lines.push('');
    lines.push(`${lines.pop()}${word}`);
  }
  return lines.map((line) => line.replace(/ $/, '')).join('\n');
}

/**
 * Puts the table into the source.
 * @param {string} source
 */
export function withEmergencyTable(source) {
  return source.replace(TABLE, tableText());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(SOURCE, withEmergencyTable(await readFile(SOURCE, 'utf8')));
}

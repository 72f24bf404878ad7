/** `config init`: writes a first config, from flags or from answers at a terminal. */

import { constants, copyFileSync, existsSync } from 'node:fs';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import {
  configText,
  isFileTaken,
  parseConfig,
  schemaLink,
  writeConfigFile,
} from '../../config/file.ts';
import { findConfigFile, shadowedFiles, userConfigFolder } from '../../config/load.ts';
import {
  ConfigError,
  type ExitCode,
  InterruptedError,
  isKnownError,
  KnownError,
  UsageError,
} from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { packageFile } from '../../core/package.ts';
import { shellWord } from '../../core/text.ts';
import { type Context, canPrompt } from '../shared/context.ts';
import { type ConfigInitOptions, NEW_CONFIG_FIELDS, type NewConfigRecord } from './command.ts';
import {
  type ConfigTrial,
  doubtsOf,
  draftConfig,
  type FirstAnswers,
  tryConfig,
  verdictOf,
} from './init-answers.ts';
import {
  askAnswers,
  askConsent,
  flagAnswers,
  type NewFileLocation,
  newFileLocation,
} from './init-questions.ts';

/** The text of the file, and what it would do, read from that very text. */
interface Written extends ConfigTrial {
  text: string;
}

/** What stands where the new file goes, or will not be read beside it. */
interface Obstacle {
  file: string;
  question: string;
  refusal: KnownError;
}

/** @param taken whether the file itself is there */
function obstacleTo({ file }: NewFileLocation, taken: boolean): Obstacle | null {
  if (taken) {
    const question = `${file} is already there. Overwrite it?`;
    return { file, question, refusal: alreadyThere(file) };
  }
  // Another file that comes second from now on: calls would go elsewhere, as if it were replaced.
  const [other] = shadowedFiles(file);
  if (other === undefined) return null;
  const would = `${other} is already there, and would no longer be read`;
  return {
    file: other,
    question: `${would}. Write ${basename(file)} anyway?`,
    refusal: new KnownError('confirmation-needed', `${would}. Nothing was written.`, {
      hint: `Overwrite it with --output ${shellWord(basename(other))} --force, or put another file in its place with --force.`,
    }),
  };
}

function alreadyThere(file: string): KnownError {
  return new KnownError('confirmation-needed', `${file} is already there. Nothing was written.`, {
    hint: 'Write another file with --output FILE, or overwrite this one with --force.',
  });
}

/**
 * Makes the text, and judges it as the next command will read it.
 * @throws ConfigError with every problem
 */
async function write(answers: FirstAnswers, { file, format }: NewFileLocation): Promise<Written> {
  const link = schemaLink(file, packageFile('schema/transfer.schema.json'));
  const text = await configText(
    { ...(link !== null && { $schema: link }), ...draftConfig(answers) },
    format,
  );
  const trial = tryConfig(await parseConfig(text, format));
  const { problems } = trial;
  if (problems.length > 0) {
    throw new ConfigError('These answers make no valid config. Nothing was written.', {
      problems,
    });
  }
  return { text, ...trial };
}

/** The config that other commands read here when none is named; null where they find none. */
function usedFile(host: Host): string | null {
  const named = host.env.LK_TRANSFER_CONFIG || undefined;
  if (named !== undefined) return resolve(host.cwd, named);
  try {
    return findConfigFile({ cwd: host.cwd, userFolder: userConfigFolder(host) });
  } catch (error) {
    // A file that cannot be looked at: they will say so, and this one is written all the same.
    if (!isKnownError(error)) throw error;
    return null;
  }
}

/**
 * Keeps what a config says that is about to be replaced, beside what was kept before.
 * @returns the path of the copy
 * @throws ConfigError where there can be none: then nothing is replaced either
 */
function keepBackup(file: string): string {
  let backup = `${file}.bak`;
  for (let number = 2; existsSync(backup); number += 1) backup = `${file}.bak${number}`;
  try {
    copyFileSync(file, backup, constants.COPYFILE_EXCL);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `${file} could not be copied to ${backup} (${code}). Nothing was written.`,
      {
        file,
        hint: 'Move it away, or write another file with --output FILE.',
        cause,
      },
    );
  }
  return backup;
}

/** The destination that a department is on a command line, where a flag begins with a hyphen. */
function departmentWord(name: string): string {
  return shellWord(name.startsWith('-') ? `department:${name}` : name);
}

/** What was there before the file. */
interface Before {
  /** The file itself was there. */
  overwritten: boolean;
  /** Where what it said is kept now; null: it was not there. */
  backup: string | null;
  /** The config that commands here used to read. */
  used: string | null;
}

async function tell(
  { file, format }: NewFileLocation,
  written: Written,
  { overwritten, backup, ...before }: Before,
  { host, output, noteDone }: Context,
): Promise<void> {
  const { config, notes } = written;
  const departments = Object.keys(config.departments ?? {});
  const counts = usedFile(host);
  const used = counts === file;
  const takesOver = used && before.used !== null && before.used !== file;
  const warnings = takesOver
    ? [...written.warnings, `commands here no longer read ${before.used}, but this file`]
    : written.warnings;
  const said = { departments, warnings, notes };
  const record: NewConfigRecord = { file, format, overwritten, used, ...said, backup };
  const names = departments.length === 0 ? 'no departments yet' : departments.join(', ');
  const verb = overwritten ? 'Overwrote' : 'Created';
  const done = [`${verb} ${file}: country ${config.defaultCountry}, ${names}.`];
  if (backup !== null) done.push(`What it said before is kept in ${backup}.`);
  for (const sentence of done) noteDone(sentence);
  await output.record(record, NEW_CONFIG_FIELDS, () => {
    for (const sentence of done) output.sentence(sentence);
    if (doubtsOf(written).length > 0) {
      const verdict = verdictOf(departments.length, written);
      output.sentence(`The new config is valid, with doubts: ${verdict}.`);
    }
  });
  if (output.json) return;
  for (const warning of warnings) output.warn(`warning: ${warning}`);
  for (const note of notes) output.notice(`note: ${note}`);
  if (!used && counts !== null) {
    output.warn(`warning: commands here read ${counts}, unless --config names this file.`);
  }
  const below = relative(host.cwd, file);
  const named = below.startsWith('..') || isAbsolute(below) ? file : below;
  const flag = used ? '' : ` --config ${shellWord(named)}`;
  output.notice('Next:');
  for (const step of nextSteps(departments, flag, config.trunks !== undefined)) {
    output.notice(`  ${output.commands.inLine(`lk-transfer ${step}`)}`);
  }
}

/**
 * @param flag names the file, where it is not the one that is found
 * @param hasTrunks the config names trunks, and where a department leads hangs on the trunk
 */
function nextSteps([first]: readonly string[], flag: string, hasTrunks: boolean): string[] {
  const all = hasTrunks ? ' --all-trunks' : '';
  const resolve = first === undefined ? [] : [`resolve ${departmentWord(first)}${all}${flag}`];
  return [`config check${flag}`, `departments${all}${flag}`, ...resolve];
}

/**
 * @returns 0, when a file has been written
 * @throws KnownError in every other case; nothing has been written then
 */
export async function run(options: ConfigInitOptions, context: Context): Promise<ExitCode> {
  const { output, interruption } = context;
  output.checkFields(NEW_CONFIG_FIELDS);
  const place = newFileLocation(options, context.host);
  const mayAsk = canPrompt(context, options);
  const asks = mayAsk && options.country === undefined;
  if (!asks && options.country === undefined) {
    throw new UsageError('--country is missing. Nothing was written.', {
      hint: 'Give the country of numbers typed without a plus: --country US. On a terminal, `lk-transfer config init` asks for everything.',
    });
  }
  const given = flagAnswers(options, asks);
  const taken = isFileTaken(place.file);
  const obstacle = obstacleTo(place, taken);
  if (obstacle !== null && options.force !== true) {
    if (!mayAsk) throw obstacle.refusal;
    await askConsent(obstacle.file, obstacle.question, context);
  }
  const answers = asks ? await askAnswers(given, context) : given;
  const written = await write(answers, place);
  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, 'Interrupted. Nothing was written.');
  }
  const backup = taken ? keepBackup(place.file) : null;
  const before = { overwritten: taken, backup, used: usedFile(context.host) };
  if (!writeConfigFile(place.file, written.text, taken || options.force === true)) {
    throw alreadyThere(place.file);
  }
  await tell(place, written, before, context);
  return 0;
}

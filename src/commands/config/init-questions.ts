/** The questions of `config init`; each answer is judged as it is typed, by what will read it later. */

import { basename, resolve } from 'node:path';
import type { ProviderName } from '../../config/types.ts';
import { listCountries } from '../../config/values.ts';
import { type ConfigFormat, formatOf } from '../../config/words.ts';
import { KnownError, UsageError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { askText, choose, confirm } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { awaitAnswer, type Context } from '../shared/context.ts';
import type { ConfigInitOptions } from './command.ts';
import {
  type AnswerProblem,
  answerProblems,
  draftConfig,
  type FirstAnswers,
  type FirstDepartment,
  hasExtensions,
  tryConfig,
} from './init-answers.ts';

const NO_PRESET = 'other';

/** Good for any department while only its name is in question. */
const ANY_ADDRESS = 'sip:anybody@pbx.example.com';

/** Asks; a Ctrl-C ends the run before anything is written. */
function orInterrupted<Answer>(context: Context, asked: Promise<Answer>): Promise<Answer> {
  return awaitAnswer(asked, context, 'Nothing was written.');
}

/**
 * Asks whether a config may go: be replaced, or no longer be read.
 * @param file the config that is there
 * @throws KnownError `declined`
 */
export async function askConsent(file: string, question: string, context: Context): Promise<void> {
  const { host, interruption } = context;
  const asked = confirm(host, escapeText(question), interruption.abort);
  if (await orInterrupted(context, asked)) return;
  throw new KnownError('declined', `${file} stays as it is. Nothing was written.`);
}

/**
 * Asks for everything that the flags have not said.
 * @param given without problems in what it says
 * @throws InterruptedError
 */
export async function askAnswers(given: FirstAnswers, context: Context): Promise<FirstAnswers> {
  let answers: FirstAnswers = { ...given, country: given.country ?? (await askCountry(context)) };
  answers = { ...answers, provider: given.provider ?? (await askProvider(context)) };
  answers = { ...answers, domain: given.domain ?? (await askDomain(answers, context)) };
  answers = { ...answers, trunk: given.trunk ?? (await askTrunk(answers, context)) };
  answers = { ...answers, pbx: given.pbx ?? (await askPbx(answers, context)) };
  return askDepartments(answers, context);
}

/** What is wrong with an answer to anything but departments, or with the config it makes. */
function problemWith(answers: FirstAnswers, answer: keyof FirstAnswers): string | null {
  const own = answerProblems(answers).find((problem) => problem.answer === answer);
  if (own !== undefined) return escapeText(own.message);
  // Where the departments of flags lead is not known before the last answer.
  return problemOf({ ...answers, departments: [] });
}

/** What is wrong with the config that all the answers make. */
function problemOf(answers: FirstAnswers): string | null {
  const [own] = answerProblems(answers);
  const [first] = own === undefined ? tryConfig(draftConfig(answers)).problems : [own];
  return first === undefined ? null : escapeText(besideQuestion(first, answers));
}

/** The question names the department, and there is one trunk at most. */
function besideQuestion(
  { path = '', message }: { path?: string; message: string },
  { trunk }: FirstAnswers,
): string {
  const known = `${path} on trunk ${trunk}: `;
  if (message.startsWith(known)) return message.slice(known.length);
  return path.endsWith('.to') ? `${path}: ${message}` : message;
}

function askCountry(context: Context): Promise<string> {
  const choices = listCountries().map(({ code, name }) => ({
    // People there call it so themselves.
    name: `${code}  ${name}${code === 'GB' ? ' (UK)' : ''}`,
    value: code,
  }));
  const message = 'Country of numbers typed without a plus? (type to search)';
  // Whichever comes first in the alphabet is nobody's answer.
  const question = { message, choices, wantsText: true };
  return orInterrupted(context, choose(context.host, question, context.interruption.abort));
}

async function askProvider(context: Context): Promise<ProviderName | null> {
  const names = Object.keys(providerPresets) as ProviderName[];
  const choices: { name: string; value: ProviderName | typeof NO_PRESET }[] = names.map((name) => ({
    name: providerPresets[name].title,
    value: name,
  }));
  choices.push({ name: 'Another one, or not known yet', value: NO_PRESET });
  const message = 'Who provides the SIP trunk? (type to search)';
  const asked = choose(context.host, { message, choices }, context.interruption.abort);
  const chosen = await orInterrupted(context, asked);
  return chosen === NO_PRESET ? null : chosen;
}

/** One line; only Enter is no answer. */
async function askLine(
  context: Context,
  message: string,
  read: (text: string) => string,
  refuse: (value: string | null) => string | null,
): Promise<string | null> {
  const answerOf = (text: string) => (text === '' ? null : read(text));
  const asked = askText(context.host, message, context.interruption.abort, (text) =>
    refuse(answerOf(text)),
  );
  return answerOf(await orInterrupted(context, asked));
}

async function askDomain(answers: FirstAnswers, context: Context): Promise<string | null> {
  const { provider } = answers;
  const preset = provider === null ? null : providerPresets[provider];
  if (preset?.refer === false) return null;
  const example = preset?.domainSuffix
    ? `example or example${preset.domainSuffix}`
    : 'sip.example.com';
  const refuse = (domain: string | null) => problemWith({ ...answers, domain }, 'domain');
  const skips = refuse(null) === null;
  const otherwise = preset?.defaultDomain ?? 'not known';
  const what = hasExtensions(provider) ? 'Its domain' : 'Domain of the trunk there';
  const message = `${what}, such as ${example}${skips ? ` (Enter: ${otherwise})` : ''}`;
  return askLine(context, message, bareHostText, refuse);
}

async function askTrunk(answers: FirstAnswers, context: Context): Promise<string | null> {
  if (answers.provider === null && answers.domain === null) return null;
  const refuse = (trunk: string | null) => problemWith({ ...answers, trunk }, 'trunk');
  const otherwise = refuse(null) === null ? ' (Enter: all of them)' : '';
  const { provider } = answers;
  const there = provider === null ? 'there' : `at ${providerPresets[provider].title}`;
  const message = `Which of your LiveKit trunks is ${there}? Its name or id (ST_…)${otherwise}`;
  return askLine(context, message, (text) => text, refuse);
}

async function askPbx(answers: FirstAnswers, context: Context): Promise<string | null> {
  if (hasExtensions(answers.provider)) return null;
  const refuse = (pbx: string | null) => problemWith({ ...answers, pbx }, 'pbx');
  const otherwise = refuse(null) === null ? ' (Enter: none)' : '';
  const message = `Domain of the PBX that has your extensions, such as pbx.company.com${otherwise}`;
  return askLine(context, message, bareHostText, refuse);
}

/** Name and target in one line, as `--department` takes them; null: a name alone. */
function departmentIn(typed: string): FirstDepartment | null {
  return typed.includes('=') ? readDepartment(typed) : null;
}

const anyCalled = (name: string): FirstDepartment => ({ name, to: ANY_ADDRESS });

/** Names and targets until Enter alone. */
async function askDepartments(given: FirstAnswers, context: Context): Promise<FirstAnswers> {
  // What flags have said wrongly no further department mends.
  if (problemOf(given) !== null) return given;
  let answers = given;
  for (;;) {
    const { departments } = answers;
    const withOne = (one: FirstDepartment) => ({ ...answers, departments: [...departments, one] });
    const which = departments.length === 0 ? 'a department, such as sales' : 'another department';
    const name = await askLine(
      context,
      `Name of ${which} (Enter: no ${departments.length === 0 ? 'departments' : 'more'})`,
      (text) => text,
      (typed) =>
        typed === null ? null : problemOf(withOne(departmentIn(typed) ?? anyCalled(typed))),
    );
    if (name === null) return answers;
    const both = departmentIn(name);
    if (both !== null) {
      answers = withOne(both);
      continue;
    }
    const forms = '100, +1 510 555 0100, sip:300@pbx.company.com';
    const to = await askLine(
      context,
      `Where does ${escapeText(name)} lead? (${forms})`,
      (text) => text,
      (typed) => problemOf(withOne({ name, to: typed ?? '' })),
    );
    answers = withOne({ name, to: to ?? '' });
  }
}

// The flags of `config init`: where the file goes, and the answers that need not be asked for.

const FLAGS: Readonly<Record<keyof FirstAnswers, string>> = {
  country: '--country',
  provider: '--provider',
  domain: '--domain',
  trunk: '--trunk',
  pbx: '--pbx',
  project: '--project',
  departments: '--department',
};

/** Where the file goes, and what it is. */
export interface NewFileLocation {
  /** Absolute path. */
  file: string;
  format: ConfigFormat;
}

/**
 * Reads where the file goes: `--output`, else `--config`, else the name that is looked for in the
 * working folder. LK_TRANSFER_CONFIG does not say: set once in a profile, it would lead a first try
 * to the file that everything runs by.
 * @throws UsageError for a name that no command would read, or that is of another format
 */
export function newFileLocation(
  options: ConfigInitOptions,
  { cwd }: Pick<Host, 'cwd'>,
): NewFileLocation {
  const { output, config, format } = options;
  if (output !== undefined && config !== undefined && output !== config) {
    throw new UsageError('--output and --config name two files.', {
      hint: 'Leave one of them out.',
    });
  }
  const named = output ?? config;
  if (named === undefined) {
    const chosen = format ?? 'json';
    return { file: resolve(cwd, `transfer.config.${chosen}`), format: chosen };
  }
  const file = resolve(cwd, named);
  const found = formatOf(file);
  if (found === null || /^package\.(?:json|ya?ml)$/.test(basename(file))) {
    const what = found === null ? 'ends neither in .json nor in .yaml' : 'describes a package';
    throw new UsageError(`${named} ${what}: no command would read it as a config.`, {
      hint: 'Write to transfer.config.json or transfer.config.yaml.',
    });
  }
  if (format !== undefined && format !== found) {
    throw new UsageError(`--format ${format} does not go with the name ${named}.`, {
      hint: 'The name decides: leave out --format, or name another file.',
    });
  }
  return { file, format: found };
}

/**
 * Reads the answers that flags give.
 * @param asks whether the others will be asked for: then only what was said can be wrong
 * @throws UsageError with every problem
 */
export function flagAnswers(options: ConfigInitOptions, asks: boolean): FirstAnswers {
  const text = (value: string | undefined) => value?.trim() ?? null;
  const host = (value: string | undefined) => (value === undefined ? null : bareHostText(value));
  const answers: FirstAnswers = {
    country: text(options.country),
    provider: options.provider ?? null,
    domain: host(options.domain),
    trunk: text(options.trunk),
    pbx: host(options.pbx),
    project: text(options.project),
    departments: (options.department ?? []).map(readDepartment),
  };
  const problems = answerProblems(answers).filter(
    ({ answer }) => !asks || answers[answer] !== null,
  );
  if (problems.length > 0) throw wrongFlags(problems);
  return answers;
}

/** A host as people name it, with the scheme they are used to see in front of it. */
export function bareHostText(text: string): string {
  return text.trim().replace(/^sips?:(?!.*@)/i, '');
}

function readDepartment(written: string): FirstDepartment {
  const at = written.indexOf('=');
  if (at === -1) {
    throw new UsageError(`--department ${written} has no target.`, {
      hint: 'Write it as name=target: --department sales=100',
    });
  }
  return { name: written.slice(0, at).trim(), to: written.slice(at + 1).trim() };
}

function wrongFlags(problems: readonly AnswerProblem[]): UsageError {
  const lines = problems.map(({ answer, message }) => `${FLAGS[answer]}: ${message}`);
  const [only = ''] = lines;
  return lines.length === 1
    ? new UsageError(`${only}${only.endsWith('?') ? '' : '.'} Nothing was written.`)
    : new UsageError('These flags make no valid config. Nothing was written.', { details: lines });
}

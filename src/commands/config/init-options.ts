/** The flags of `config init`: where the file goes, and the answers that need not be asked for. */

import { basename, resolve } from 'node:path';
import { type ConfigFormat, formatOf } from '../../config/words.ts';
import { UsageError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { ConfigInitOptions } from './command.ts';
import {
  type AnswerProblem,
  answerProblems,
  type FirstAnswers,
  type FirstDepartment,
} from './init-answers.ts';

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
    throw new UsageError(`--department ${written} does not say where it leads.`, {
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
    : new UsageError('The flags make no config. Nothing was written.', { details: lines });
}

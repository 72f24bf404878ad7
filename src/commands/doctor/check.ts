/** What a check comes to, and how a report of them is shown to people. */

import type { TransferConfig } from '../../config/types.ts';
import { type ConfigProblem, type ExitCode, worstExitCode } from '../../core/errors.ts';
import { columnsOf, wrapWords } from '../../core/text.ts';
import type { Trunk } from '../../livekit/messages.ts';
import { escapeText, type Painter, type Palette } from '../../terminal/style.ts';
import { bridgeTrunkProblems, namedBridgeTrunks } from '../../transfer/bridge/dial-plan.ts';
import type { Rules } from '../../transfer/plan.ts';
import { findTestProblems } from '../smoke/plan.ts';

type CheckStatus =
  | 'ok'
  | 'warning'
  | 'failed'
  /** Something before it failed, so that it would say nothing. */
  | 'skipped'
  /** Nothing that only reads can find it out. */
  | 'not-checked';

/** One line of the report. In the field names of the JSON output, which stay. */
export interface Check {
  /** `dns`, `grant-room-list`, `trunk:ST_abc`, `department:sales`. */
  id: string;
  status: CheckStatus;
  title: string;
  /** What was found, in a sentence without its full stop. */
  detail: string;
  /** More of it, a line each: the problems of a config, the numbers of a trunk. */
  notes: string[];
  /** What to do about it; null when there is nothing to do. */
  hint: string | null;
}

/** A check with what it means for the exit code: 0 unless it failed. */
export interface CheckResult extends Check {
  exitCode: ExitCode;
}

interface CheckExtras {
  hint?: string | null | undefined;
  notes?: readonly string[];
  /** Of a failure: 1 by default. */
  exitCode?: ExitCode;
}

/** The checks there is one of each, in the order of the report. */
const TITLES = {
  node: 'Node.js',
  proxy: 'Proxies',
  config: 'Config',
  credentials: 'Credentials',
  url: 'URL',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'LiveKit API',
  clock: 'Clock',
  key: 'API key',
  'grant-room-list': 'Grant roomList',
  'grant-room-admin': 'Grant roomAdmin',
  'grant-sip-admin': 'Grant sip.admin',
  'grant-sip-call': 'Grant sip.call',
  'grant-room-create': 'Grant roomCreate',
  sip: 'SIP service',
  trunks: 'Trunks',
  'config-trunks': 'Trunk names',
  bridge: 'Bridge',
  'media-timeout': 'Media time-out',
  templates: 'Templates',
  departments: 'Departments',
  'smoke-tests': 'Smoke tests',
} as const;

export type CheckId = keyof typeof TITLES;

/** Makes a check of which there is one. */
export function check(
  id: CheckId,
  status: CheckStatus,
  detail: string,
  extras: CheckExtras = {},
): CheckResult {
  return namedCheck({ id, title: TITLES[id] }, status, detail, extras);
}

/** Makes a check of which there are as many as there are trunks or departments. */
export function namedCheck(
  subject: { id: string; title: string },
  status: CheckStatus,
  detail: string,
  { hint = null, notes = [], exitCode = 1 }: CheckExtras = {},
): CheckResult {
  return {
    ...subject,
    status,
    detail: detail.replace(/\.$/, ''),
    notes: [...notes],
    hint,
    exitCode: status === 'failed' ? exitCode : 0,
  };
}

/** The exit code of a whole report: that of the worst failure; warnings are none. */
export function reportExitCode(checks: readonly CheckResult[]): ExitCode {
  return worstExitCode(checks.map(({ exitCode }) => exitCode).filter((code) => code !== 0));
}

// The report for people: a line a check, with what it rests on and what to do below it; then in one
// block what nothing was found out about, and at the end once more what has to be looked at.

/** The state is a word, whatever the colour. */
const WORDS: Readonly<Record<Check['status'], string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'failed',
  skipped: 'skipped',
  'not-checked': 'not checked',
};

const STATUS_WIDTH = 13;
/** A longer title takes no part in the columns: its detail follows it. */
const WIDEST_TITLE = 24;
/** Narrower than this, lines are left to the terminal. */
const NARROWEST = 20;

function painterOf(status: Check['status'], palette: Palette): Painter {
  switch (status) {
    case 'ok':
      return palette.green;
    case 'warning':
      return palette.yellow;
    case 'failed':
      return palette.red;
    case 'skipped':
    case 'not-checked':
      return palette.dim;
  }
}

/** What is skipped for one and the same reason is one line: there is one thing to put right. */
function joinSkipped(rows: readonly Check[]): Check[] {
  const joined: Check[] = [];
  for (const row of rows) {
    const last = joined.at(-1);
    if (row.status === 'skipped' && last?.status === 'skipped' && last.detail === row.detail) {
      joined[joined.length - 1] = { ...last, title: `${last.title}, ${row.title}` };
    } else joined.push(row);
  }
  return joined;
}

/** Lines of a text that begins in this column, and goes on below itself. */
type Wrap = (text: string, indent: number) => string[];

/** What nobody checked is no result: one block, a line each. */
function renderUnchecked(rows: readonly Check[], wrap: Wrap, palette: Palette): string[] {
  if (rows.length === 0) return [];
  const word = palette.dim(WORDS['not-checked'].padEnd(STATUS_WIDTH));
  const below = ' '.repeat(STATUS_WIDTH + 2);
  return [
    `${word}${rows.length === 1 ? '1 thing' : `${rows.length} things`}, which only a call, a transfer or the config can show:`,
    ...rows.flatMap(({ title, detail, notes, hint }) => {
      const todo = hint === null ? '' : ` → ${hint}`;
      const [first = '', ...more] = wrap(
        `${title}: ${[detail, ...notes].join('; ')}${todo}`,
        below.length + 2,
      );
      return [`${below}${first}`, ...more.map((line) => `${below}  ${line}`)];
    }),
  ];
}

/** A problem of a config, as a note of the check that found it. */
export function problemNote({ path, message }: Pick<ConfigProblem, 'path' | 'message'>): string {
  const isNamed = path === '' || message.startsWith(`${path} `);
  return isNamed ? message : `${path}: ${message}`;
}

/** Whoever reads the end of a long report finds there what to put right, the worst first. */
function renderTodo(rows: readonly Check[], wrap: Wrap, palette: Palette): string[] {
  const wanted = (['failed', 'warning'] as const).flatMap((status) =>
    rows.filter((row) => row.status === status),
  );
  if (wanted.length === 0) return [];
  return [
    '',
    ...wanted.flatMap(({ status, title, detail, hint }) => {
      const word = painterOf(status, palette)(WORDS[status].padEnd(STATUS_WIDTH));
      const text = `${title}: ${detail}${hint === null ? '' : ` → ${hint}`}`;
      const [first = '', ...more] = wrap(text, STATUS_WIDTH);
      return [word + first, ...more.map((line) => ' '.repeat(STATUS_WIDTH) + line)];
    }),
  ];
}

/**
 * @param checks foreign text in them is escaped here
 * @param columns width of the terminal; undefined does not break anything
 */
export function renderChecks(
  checks: readonly Check[],
  columns: number | undefined,
  palette: Palette,
): string[] {
  const unchecked = checks.filter(({ status }) => status === 'not-checked');
  const rows = joinSkipped(checks.filter(({ status }) => status !== 'not-checked'));
  const titles = rows.map(({ title }) => escapeText(title));
  const widths = titles.map(columnsOf).filter((width) => width <= WIDEST_TITLE);
  const titleWidth = Math.max(0, ...widths);
  const wrap = (text: string, indent: number) =>
    wrapWords(
      escapeText(text),
      columns === undefined ? undefined : Math.max(NARROWEST, columns - indent),
    );
  const list = rows.flatMap(({ status, detail, notes, hint }, index) => {
    const title = titles[index] ?? '';
    const word = painterOf(status, palette)(WORDS[status].padEnd(STATUS_WIDTH));
    const indent = STATUS_WIDTH + titleWidth + 2;
    const start = columnsOf(title) > titleWidth ? `${title}: ` : '';
    const [first = '', ...more] =
      start === '' ? wrap(detail, indent) : wrap(start + detail, STATUS_WIDTH);
    const below = ' '.repeat(STATUS_WIDTH + 2);
    const hanging = start === '' ? ' '.repeat(indent) : ' '.repeat(STATUS_WIDTH);
    return [
      start === ''
        ? `${word}${title}${' '.repeat(titleWidth - columnsOf(title))}  ${first}`
        : word + first,
      ...more.map((line) => hanging + line),
      ...notes.flatMap((note) => wrap(note, below.length).map((line) => below + line)),
      ...(hint === null ? [] : wrap(`→ ${hint}`, below.length)).map(
        (line) => below + palette.cyan(line),
      ),
    ];
  });
  return [
    ...list,
    ...renderUnchecked(unchecked, wrap, palette),
    ...renderTodo(checks, wrap, palette),
  ];
}

// Whether callers can be bridged: the outbound trunks that the config names.

/**
 * Whether targets could be dialled where callers are bridged.
 * @returns nothing where the config bridges nobody
 */
export function checkBridge(config: TransferConfig, outbound: readonly Trunk[]): CheckResult[] {
  const bridges = Object.values(config.trunks ?? {}).some(
    ({ method }) => method === 'bridge' || method === 'auto',
  );
  if (namedBridgeTrunks(config).length === 0 && !bridges) return [];
  const notes = bridgeTrunkProblems(config, outbound).map(problemNote);
  if (notes.length > 0) {
    return [
      check('bridge', 'failed', 'an outbound trunk that the config names cannot be used', {
        notes,
        hint: 'Correct its id or name: `lk-transfer trunks` lists them.',
        exitCode: 2,
      }),
    ];
  }
  const isNamed = config.bridge?.trunk !== undefined || outbound.length === 1;
  const found =
    namedBridgeTrunks(config).length === 0
      ? 'LiveKit has one outbound trunk, which dials for every caller'
      : 'LiveKit has the outbound trunks that the config names';
  return [
    isNamed
      ? check('bridge', 'ok', found)
      : check(
          'bridge',
          'warning',
          'the config does not say for every caller which outbound trunk dials',
          {
            hint: 'Set bridge.trunk in the config.',
          },
        ),
  ];
}

/** The tests that the config names. @param listed LiveKit's trunks; none: they were not read */
export function checkSmokeTests(
  rules: Rules,
  listed: readonly Omit<Trunk, 'transport'>[],
): CheckResult[] {
  const count = rules.config.smoke?.length ?? 0;
  if (count === 0) return [];
  const problems = findTestProblems(rules, listed.length === 0 ? null : listed);
  if (problems.length === 0) {
    return [check('smoke-tests', 'ok', `nothing keeps the ${count} of the config from being run`)];
  }
  const notes = problems.map(problemNote);
  const hint = 'Correct "smoke" in the config, then look with `lk-transfer smoke --all --dry-run`.';
  const found = `${problems.length} of ${count} could not be run`;
  return [check('smoke-tests', 'failed', found, { notes, hint, exitCode: 2 })];
}

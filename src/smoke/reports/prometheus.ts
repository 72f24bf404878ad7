/**
 * Results as metrics for the textfile collector of Prometheus's node exporter: gauges, and no
 * timestamps beside the samples, which that collector refuses. When a test was made is a metric.
 */
import { escapeText } from '../../core/text.ts';
import {
  type CondensedResult,
  isMet,
  type SmokeVerdict,
  testTitle,
  trunkTitle,
} from '../result.ts';

// Prometheus's text format, version 0.0.4 (Prometheus, "Exposition formats").

type Labels = Readonly<Record<string, string>>;

interface Sample {
  labels: Labels;
  value: number;
}

/** Samples of one name; all gauges here. Names are ours and legal, label values may be anybody's. */
interface Family {
  name: string;
  help: string;
  samples: readonly Sample[];
}

/** @returns the text, its last line ended as the format asks; families without a sample are left out */
export function writeExposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${escapeHelp(help)}`,
      `# TYPE ${name} gauge`,
      ...samples.map(({ labels, value }) => `${name}${writeLabels(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/**
 * The format would take every character but these three as it is. What could move a cursor or turn
 * text round is made visible all the same: label values end up on dashboards and in alerts.
 */
function escapeLabel(value: string): string {
  return escapeHelp(escapeText(value)).replaceAll('"', '\\"');
}

const PREFIX = 'lk_transfer_smoke_';

/** In the order of the type; that none is missing the compiler sees. */
const VERDICTS = Object.keys({
  supported: 0,
  unsupported: 0,
  refused: 0,
  'needs-configuration': 0,
  inconclusive: 0,
  'call-failed': 0,
} satisfies Record<SmokeVerdict, number>) as SmokeVerdict[];

/** One test of the config, however often it was made: one series in every family. */
interface Series {
  labels: Labels;
  tests: number;
  failures: number;
  /** Its state is what it found last. */
  last: CondensedResult;
}

interface Metric {
  name: string;
  help: string;
  /** null: no sample, which is not the same as 0. */
  value: (series: Series) => number | null;
}

const METRICS: readonly Metric[] = [
  {
    name: 'supported',
    help: 'Whether the trunk takes a SIP REFER, or a call to bridge to (transfer_method): 1 for the verdict supported, else 0.',
    value: ({ last }) => Number(last.verdict === 'supported'),
  },
  {
    name: 'target_answered',
    help: 'Whether the target of the transfer, or the number of a bridge test, answered; absent where nobody knows.',
    value: ({ last }) => (last.answered === null ? null : Number(last.answered)),
  },
  {
    name: 'expectation_met',
    help: 'Whether the verdict is the expected one; absent without an expectation.',
    value: ({ last }) => {
      const met = isMet(last);
      return met === null ? null : Number(met);
    },
  },
  {
    name: 'refer_code',
    help: 'SIP status that answered the REFER; absent where LiveKit did not tell.',
    value: ({ last }) => last.refer?.code ?? null,
  },
  {
    name: 'notify_code',
    help: 'SIP status of the target in the last NOTIFY; absent where LiveKit did not tell.',
    value: ({ last }) => last.notify?.code ?? null,
  },
  {
    name: 'invite_code',
    help: 'SIP status with which the call of a bridge test failed; absent where LiveKit did not tell.',
    value: ({ last }) => last.bridge?.invite?.code ?? null,
  },
  {
    name: 'dial_duration_seconds',
    help: 'From dialling the test call to its answer; absent where nobody dialled or answered.',
    value: ({ last }) => (last.dial?.ok ? last.dial.durationMs / 1000 : null),
  },
  {
    name: 'transfer_duration_seconds',
    help: 'The transfer alone; absent where it did not come to one.',
    value: ({ last }) => (last.transfer === null ? null : last.transfer.durationMs / 1000),
  },
  {
    name: 'duration_seconds',
    help: 'The whole test.',
    value: ({ last }) => last.durationMs / 1000,
  },
  {
    name: 'start_timestamp_seconds',
    help: 'When the last test began, in seconds since 1970.',
    value: ({ last }) => Date.parse(last.startedAt) / 1000,
  },
  {
    name: 'left_behind',
    help: 'What the clean-up of the last test could not remove from LiveKit.',
    value: ({ last }) => last.leftBehind.length,
  },
  {
    name: 'tests',
    help: 'Tests in this run.',
    value: ({ tests }) => tests,
  },
  {
    name: 'failures',
    help: 'Tests in this run whose exit code was not 0.',
    value: ({ failures }) => failures,
  },
];

/** How a run came to its end. */
export interface RunEnd {
  /** It ended before all of its tests were made: nothing is known of the others. */
  failed: boolean;
  /** In ms since 1970. */
  at: number;
}

/**
 * @param results in the order of the tests. Of one that was made several times the last one counts: the
 * collector refuses a file that has a series twice
 * @returns the text of a `.prom` file; without results it tells of the run alone, so that no earlier
 * result stays in its place
 */
export function renderPrometheus(results: readonly CondensedResult[], run: RunEnd): string {
  const series = seriesOf(results);
  return writeExposition([
    ...METRICS.map((metric) => familyOf(metric, series)),
    verdicts(series),
    about(series),
    ...familiesOfRun(run),
  ]);
}

function familiesOfRun({ failed, at }: RunEnd): Family[] {
  const one = (name: string, help: string, value: number): Family => ({
    name: `${PREFIX}run_${name}`,
    help,
    samples: [{ labels: {}, value }],
  });
  return [
    one('failed', '1: the run ended before all tests were made, else 0.', Number(failed)),
    one('end_timestamp_seconds', 'When the run ended, in seconds since 1970.', at / 1000),
  ];
}

/** What was asked for, and nothing that was found: an alert that waits for a series must always find it. */
function labelsOf(result: CondensedResult): Labels {
  return {
    trunk: trunkTitle(result),
    test: testTitle(result),
    method: result.method,
    transfer_method: result.transferMethod,
  };
}

function seriesOf(results: readonly CondensedResult[]): Series[] {
  const found = new Map<string, Series>();
  for (const last of results) {
    const labels = labelsOf(last);
    // As they are written: labels that differ in what is invisible may come out the same.
    const key = JSON.stringify(Object.values(labels).map(escapeText));
    const before = found.get(key);
    found.set(key, {
      labels,
      last,
      tests: (before?.tests ?? 0) + 1,
      failures: (before?.failures ?? 0) + Number(last.exitCode !== 0),
    });
  }
  return [...found.values()];
}

function familyOf({ name, help, value }: Metric, series: readonly Series[]): Family {
  const samples = series.flatMap((one): Sample[] => {
    const number = value(one);
    return number === null ? [] : [{ labels: one.labels, value: number }];
  });
  return { name: PREFIX + name, help, samples };
}

/** A state of several has a series for each, of which one is 1: so a query can ask for any of them. */
function verdicts(series: readonly Series[]): Family {
  return {
    name: `${PREFIX}verdict`,
    help: 'The verdict of the last test: 1 for the one it is, 0 for the others.',
    samples: series.flatMap(({ labels, last }) =>
      VERDICTS.map((verdict) => ({
        labels: { ...labels, verdict },
        value: Number(last.verdict === verdict),
      })),
    ),
  };
}

/** What was found of the trunk: to be joined, since it is known of some results and not of others. */
function about(series: readonly Series[]): Family {
  return {
    name: `${PREFIX}info`,
    help: 'Always 1. Its labels tell the trunk that was tested, as far as it is known; empty: it is not.',
    samples: series.map(({ labels, last: { trunk, direction } }) => ({
      labels: {
        ...labels,
        tested_trunk: trunk.name ?? '',
        tested_trunk_id: trunk.id ?? '',
        direction: direction ?? '',
        provider: trunk.provider ?? '',
      },
      value: 1,
    })),
  };
}

/** Prometheus's text format, version 0.0.4 (Prometheus, "Exposition formats"). */
import { escapeText } from '../../core/foreign-text.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  labels: Labels;
  value: number;
}

/** Samples of one name; all gauges here. Names are ours and legal, label values may be anybody's. */
export interface Family {
  name: string;
  help: string;
  samples: readonly Sample[];
}

/** @returns the text, its last line ended as the format asks; families without a sample are left out */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${escapeHelp(help)}`,
      `# TYPE ${name} gauge`,
      ...samples.map((sample) => `${name}{${writeLabels(sample.labels)}} ${sample.value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function writeLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
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

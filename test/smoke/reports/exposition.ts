/**
 * Reads Prometheus's text format by the letter of its description ("Exposition formats", version
 * 0.0.4), and refuses besides what the textfile collector refuses: a timestamp beside a sample, a
 * series that is there twice. Stricter than the packages for it, which pass over what they do not
 * understand.
 */

export interface ParsedSample {
  labels: Record<string, string>;
  value: number;
}

export interface ParsedFamily {
  help: string;
  type: string;
  samples: ParsedSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])*)$`, 'u');
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`, 'u');
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.+)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`, 'u');
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/uy;

const UNESCAPED: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

export function parseExposition(text: string): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  if (text === '') return families;
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  for (let at = 0; at < lines.length; ) {
    const [, name, help] = expectLine(HELP, lines[at++]);
    const [, typed, type] = expectLine(TYPE, lines[at++]);
    if (name !== typed) throw new Error(`the type of ${typed} follows the help of ${name}`);
    if (name === undefined || families.has(name)) throw new Error(`twice: ${name}`);
    const samples: ParsedSample[] = [];
    for (; at < lines.length && !lines[at]?.startsWith('#'); at++) {
      const [, of, labels = '', value] = expectLine(SAMPLE, lines[at]);
      if (of !== name) throw new Error(`a sample of ${of} among those of ${name}`);
      samples.push({ labels: parseLabels(labels), value: Number(value) });
    }
    const series = new Set(
      samples.map(({ labels }) => JSON.stringify(Object.entries(labels).sort())),
    );
    if (series.size !== samples.length) throw new Error(`a series of ${name} is there twice`);
    families.set(name, { help: help ?? '', type: type ?? '', samples });
  }
  return families;
}

function expectLine(pattern: RegExp, line: string | undefined): RegExpExecArray {
  const found = pattern.exec(line ?? '');
  if (found === null) throw new Error(`not understood: ${line}`);
  return found;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '' || Object.hasOwn(labels, name)) throw new Error(`labels: ${text.slice(at)}`);
    labels[name] = value.replace(/\\./g, (pair) => UNESCAPED[pair] ?? pair);
  }
  return labels;
}

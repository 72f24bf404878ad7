/**
 * Reads a plugin's output as Nagios does (Plugin API, "Plugin Output Spec") and its performance data
 * by the letter of the Monitoring Plugins guidelines. Strict: what it does not know, it throws at.
 */

export interface PluginOutput {
  service: string;
  state: string;
  text: string;
  data: Map<string, { value: number; unit: string }>;
  more: string[];
}

const FIRST =
  /^(SIP (?:REFER|BRIDGE|REFER\/BRIDGE|BRIDGE\/REFER)) (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]*?)(?: \| ([^|]+))?$/u;

/** `'label'=value[UOM];[warn];[crit];[min];[max]`; blanks only in quotes, no `=` or quote in a label. */
const ITEM =
  /(?:'([^'=|]+)'|([^\s'=|]+))=(-?\d+(?:\.\d+)?)(s|us|ms|%|B|KB|MB|TB|c)?;([^;\s]*);([^;\s]*);(-?[\d.]*)(?:;(-?[\d.]*))?(?: |$)/uy;

export function parsePluginOutput(output: string): PluginOutput {
  if (!output.endsWith('\n')) throw new Error('the last line does not end');
  if (Buffer.byteLength(output) > 8192) throw new Error('longer than Nagios reads');
  if (/(?!\n)\p{Cc}|\p{Cs}/u.test(output)) throw new Error('control characters');
  const [first = '', ...more] = output.slice(0, -1).split('\n');
  if (more.some((line) => line.includes('|'))) throw new Error('data in the long output');
  const [, service, state, text, data = ''] = FIRST.exec(first) ?? [];
  if (service === undefined || state === undefined || text === undefined) {
    throw new Error(`no plugin line: ${first}`);
  }
  return { service, state, text, data: parseData(data), more };
}

function parseData(text: string): PluginOutput['data'] {
  const items: PluginOutput['data'] = new Map();
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < text.length) {
    const at = ITEM.lastIndex;
    const found = ITEM.exec(text);
    if (found === null) throw new Error(`no performance data: ${text.slice(at)}`);
    const [, quoted, bare, value, unit = '', warn, critical] = found;
    const label = quoted ?? bare ?? '';
    if (warn !== '' || critical !== '') throw new Error(`thresholds: ${label}`);
    if (items.has(label)) throw new Error(`twice: ${label}`);
    items.set(label, { value: Number(value), unit });
  }
  return items;
}

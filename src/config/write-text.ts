/** A config as the text of a file, and back. */
import type { ConfigFormat } from './format.ts';
import { parseJson } from './json.ts';
import { escapeInvisible } from './quote.ts';
import type { TransferConfig } from './types.ts';

/** Writes a config; its `$schema` becomes what editors look for in this format. */
export async function configText(config: TransferConfig, format: ConfigFormat): Promise<string> {
  if (format === 'yaml') return (await import('./yaml.ts')).configYaml(config);
  const { $schema, ...rest } = config;
  return `${escapeInvisible(JSON.stringify({ $schema, ...rest }, null, 2))}\n`;
}

/**
 * Parses the text of a config file; nothing in it is checked yet.
 * @throws SyntaxProblem
 */
export async function parseConfigText(text: string, format: ConfigFormat): Promise<unknown> {
  return format === 'json' ? parseJson(text) : (await import('./yaml-text.ts')).parseYaml(text);
}

/** The two kinds of text that a config file is. */

export type ConfigFormat = 'json' | 'yaml';

/**
 * Tells the format of a config file by its name, which has to end as the reader wants it.
 * @returns null for a file that is no config
 */
export function formatOf(file: string): ConfigFormat | null {
  if (file.endsWith('.json')) return 'json';
  return /\.ya?ml$/.test(file) ? 'yaml' : null;
}

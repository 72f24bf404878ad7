/**
 * YAML as data: js-yaml, which knows no code since its version 4, through cosmiconfig's loader.
 * Whoever needs this imports it lazily, since most configs are JSON. (Here the loader is imported
 * statically: a bundle gives a lazy import of CommonJS no names.)
 */
import { loadYaml } from 'cosmiconfig/dist/loaders.js';
import { SyntaxProblem } from './syntax.ts';

/**
 * Parses YAML.
 * @returns the value; undefined when there is none, as in a file of comments
 * @throws SyntaxProblem with the line and column, without the lines around them
 */
export function parseYaml(text: string): unknown {
  try {
    return loadYaml('', text) ?? undefined;
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'YAMLException') throw cause;
    const { reason, mark } = cause as YamlFailure;
    const place = mark && { line: mark.line + 1, column: mark.column + 1 };
    throw new SyntaxProblem(place ?? null, reason ?? 'not YAML');
  }
}

/** js-yaml's YAMLException; its message and mark quote the file, which may hold what is secret. */
interface YamlFailure extends Error {
  reason?: string;
  mark?: { line: number; column: number };
}

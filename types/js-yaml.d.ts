// js-yaml brings no declarations; this is the part that is used. cosmiconfig loads the same copy.
declare module 'js-yaml' {
  /** A schema that knows maps, lists and texts, and no numbers. */
  export const FAILSAFE_SCHEMA: unique symbol;
  /** Parses one document; throws YAMLException. */
  export function load(text: string, options: { schema: typeof FAILSAFE_SCHEMA }): unknown;
}

/** The command line as data: what may stand where, of which the parser is the source. */

/** What stands in the place of a value. */
export type ValueKind =
  | { kind: 'choices'; choices: readonly string[] }
  | { kind: 'files' }
  /** Departments and their aliases; everything else that may stand there is the user's to type. */
  | { kind: 'destinations' }
  /** Trunks of the config, by any of the keys it has for them. */
  | { kind: 'trunks' }
  /** Trunks of the config that it names by their id. */
  | { kind: 'trunk-ids' }
  /** Commands and topics that there is help on. */
  | { kind: 'topics' }
  /** Something nobody can guess: a number, a call, a room. */
  | { kind: 'free' };

export interface OptionGrammar {
  /** Every writing of it, short ones first: `-q`, `--quiet`. */
  flags: readonly string[];
  description: string;
  /** null: it takes no value. */
  value: ValueKind | null;
}

export interface CommandGrammar {
  name: string;
  aliases: readonly string[];
  description: string;
  commands: readonly CommandGrammar[];
  /** Its own; those of the commands above it hold too. */
  options: readonly OptionGrammar[];
  /** What its arguments are, in their order. */
  arguments: readonly ValueKind[];
}

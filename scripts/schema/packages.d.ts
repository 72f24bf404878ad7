/**
 * What stands in the place of every package, and of Node, where the schema of the documents is made: no
 * document shows a type of theirs, and reading those takes longer than all of src/. One that does has no
 * schema, and makes the generator fail.
 */
export {};

declare global {
  /** Of Node's types, what the types around those of documents name. */
  interface AbortSignal {
    readonly aborted: boolean;
  }
}

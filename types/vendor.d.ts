// The two inner modules of cosmiconfig that are used on purpose instead of its front door, which
// executes code (see src/config/file.ts). Its own declarations for them are empty. The version is pinned.
declare module 'cosmiconfig/dist/ExplorerSync.js' {
  type Load = (file: string, text: string) => unknown;
  export class ExplorerSync {
    constructor(options: {
      moduleName: string;
      searchPlaces: readonly string[];
      searchStrategy: 'none';
      loaders: Readonly<Record<string, Load>>;
      ignoreEmptySearchPlaces: boolean;
      mergeSearchPlaces: boolean;
      mergeImportArrays: boolean;
      cache: boolean;
      transform: (result: unknown) => unknown;
    });
    load(file: string): { filepath: string; config: unknown; isEmpty?: boolean } | null;
  }
}

declare module 'cosmiconfig/dist/loaders.js' {
  /** Parses with js-yaml, which it loads at the first call; throws js-yaml's YAMLException. */
  export function loadYaml(file: string, text: string): unknown;
}
// js-yaml brings no declarations; this is the part that is used. cosmiconfig loads the same copy.
declare module 'js-yaml' {
  /** What a tag makes of a value; by itself, nothing else than it is. */
  export class Type {
    constructor(tag: string, options: { kind: 'scalar' });
  }
  export const types: Readonly<Record<'null' | 'merge', Type>>;
  export interface Schema {
    /** @param more types known by how a value looks, and types that it must be marked with */
    extend(more: { implicit: Type[]; explicit: Type[] }): Schema;
  }
  /** A schema that knows maps, lists and texts, and no numbers. */
  export const FAILSAFE_SCHEMA: Schema;
  /** Parses one document; throws YAMLException. */
  export function load(text: string, options: { schema: Schema }): unknown;
}

/** libphonenumber's data in its own form: arrays, with the fields of its protocol as indexes. */
declare module 'google-libphonenumber' {
  export type CountryMetadata = readonly (readonly unknown[] | null | undefined)[];
  const libphonenumber: {
    readonly shortnumbermetadata: {
      readonly countryToMetadata: Readonly<Record<string, CountryMetadata>>;
    };
  };
  export default libphonenumber;
}

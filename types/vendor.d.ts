// The two inner modules of cosmiconfig that are used on purpose instead of its front door, which
// executes code (see read.ts). Its own declarations for them are empty. The version is pinned.
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

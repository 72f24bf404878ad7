/** How large the record may become. Together with what is being written: some 4 MB. */
export interface Limits {
  /** The file that is written to is set aside above this many bytes. */
  partBytes: number;
  /** This many files that were set aside are kept. */
  oldParts: number;
}

export const LIMITS: Limits = { partBytes: 512 * 1024, oldParts: 7 };

export const DAY_MS = 86_400_000;

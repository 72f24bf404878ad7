/** `--fields a,b`: which fields of a record are shown, and in which order. */
import { UsageError } from '../core/errors.ts';

/**
 * @param text `callId,room`
 * @param known every field there is
 * @throws UsageError that lists the known fields, when one is not known
 */
export function parseFields(text: string, known: readonly string[]): string[] {
  const fields = text
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  const unknown = fields.filter((field) => !known.includes(field));
  if (unknown.length > 0 || fields.length === 0) {
    throw new UsageError(
      unknown.length > 0
        ? `There is no field “${unknown.join(', ')}”.`
        : '--fields names no field.',
      { hint: `Fields: ${known.join(', ')}` },
    );
  }
  return fields;
}

/** A copy of a record with just these fields, in this order. */
export function selectFields(record: object, fields: readonly string[]): Record<string, unknown> {
  const source = new Map(Object.entries(record));
  return Object.fromEntries(fields.map((field) => [field, source.get(field) ?? null]));
}

/** The callers of a batch, as other programs hand them over: ids, or the records of `calls --json`. */
import { UsageError } from '../../core/errors.ts';

/** More callers than one person can answer for. */
const MOST = 10_000;
/** LiveKit's call ids are `SCL_` and letters and digits; what has blanks or brackets is none. */
const CALL_ID = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * Reads a list of call ids: one a line, a JSON array, or NDJSON. Array and lines hold ids or objects
 * with a `callId`. Empty lines are passed over, and a call that is named twice counts once.
 * @param text the whole of it
 * @returns call ids in their order; empty for an empty text
 * @throws UsageError naming the first line or element that is no call
 */
export function readCallerList(text: string): string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const ids = trimmed.startsWith('[')
    ? readArray(trimmed).map((element, index) => callIdOf(element, `element ${index + 1}`))
    : trimmed.split(/\r\n|\n|\r/).flatMap((line, index) => readLine(line.trim(), index + 1));
  const distinct = [...new Set(ids)];
  if (distinct.length > MOST) {
    throw new UsageError(`Standard input names ${distinct.length} callers; ${MOST} is the most.`);
  }
  return distinct;
}

function readArray(text: string): unknown[] {
  const value = parse(text);
  if (Array.isArray(value)) return value;
  throw notCallers('it begins like a JSON array and is none');
}

function readLine(line: string, number: number): string[] {
  if (line === '') return [];
  const place = `line ${number}`;
  return [callIdOf(/^[{"]/.test(line) ? parse(line) : line, place)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function callIdOf(value: unknown, place: string): string {
  const id =
    typeof value === 'object' && value !== null && 'callId' in value ? value.callId : value;
  if (typeof id === 'string' && CALL_ID.test(id)) return id;
  throw notCallers(`${place} is no call id`);
}

function notCallers(why: string): UsageError {
  return new UsageError(`Standard input is no list of callers: ${why}. Nothing was sent.`, {
    hint: 'Give call ids one a line, as `lk-transfer calls --fields callId` prints them, or the JSON of `lk-transfer calls --json`.',
  });
}

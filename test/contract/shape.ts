/** The shape of a JSON answer: names in their order and types, without the values. */

export type Shape = string | Shape[] | { [name: string]: Shape };

/** Free-form maps: which keys are in them is no part of the contract. */
const MAPS = new Set(['attributes', 'headers']);

/**
 * Reduces JSON to its shape. A list has the shapes of its elements, each once; numbers that travel
 * as strings (int64) are told from other strings, and names of enum values stand for themselves.
 */
export function shapeOf(value: unknown): Shape {
  if (value === null) return 'null';
  if (Array.isArray(value)) return distinct(value.map(shapeOf));
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, field]) => [
      name,
      MAPS.has(name) ? 'map' : shapeOf(field),
    ]);
    return Object.fromEntries(fields);
  }
  if (typeof value === 'string' && /^\d{6,}$/.test(value)) return 'int64';
  if (typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value)) return value;
  return typeof value;
}

function distinct(shapes: Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
}

/** The text with its values blanked out: the punctuation, the names, their order and the blanks. */
export function punctuation(json: string): string {
  return json
    .replace(/"(?:[^"\\]|\\.)*"(:?)/g, (text, colon) => (colon === '' ? '""' : text))
    .replace(/:\d+/g, ':0')
    .replace(/:(?:true|false)/g, ':false');
}

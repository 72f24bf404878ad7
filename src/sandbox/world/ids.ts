/** Ids in LiveKit's shape: a prefix and twelve letters and digits. */
import { createHash } from 'node:crypto';

const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/**
 * Twelve characters that look random and are the same at every start.
 * @param source what the id belongs to
 */
export function stableSuffix(source: string): string {
  const digest = createHash('sha256').update(source).digest();
  return Array.from(digest.subarray(0, 12), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

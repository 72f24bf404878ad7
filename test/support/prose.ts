/** What any sentence that people read has to be, whatever it says. */
import { expect } from 'vitest';

/** Fails for what a template leaves where a value is missing, or one that ends like a sentence. */
export function expectNoHoles(title: string, text: string): void {
  expect(text, title).not.toMatch(/undefined|null|NaN|\[object|\.\.| {2}| [.,;:]/);
}

/** Fails for a text that is not whole sentences. */
export function expectSentences(title: string, text: string): void {
  expect(text, title).toMatch(/^[A-Z+“`][^\n]*[.?]$/);
  expectNoHoles(title, text);
}

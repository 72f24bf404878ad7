/** A secret that must never be seen, and command lines that may give it away. */
import { expect } from 'vitest';

export const SECRET = 'CANARYsecret0f8a2c';
const PARTS = [SECRET, SECRET.slice(0, 10), Buffer.from(SECRET).toString('base64').slice(0, 20)];

export function expectNoSecret(text: string): void {
  for (const part of PARTS) expect(text).not.toContain(part);
  // Nor a token that was signed with it.
  expect(text).not.toMatch(/eyJ[\w-]+\./);
}

/** Commands that succeed, that fail, and that fail in our own code. */
export const COMMANDS = [
  'calls --room standup',
  'rooms --json',
  'departments',
  'config show',
  'config show --json',
  'config check',
  'doctor',
  'resolve sales --call nobody',
  'transfer SCL_noAgent00001 --to sales --yes --json',
  'transfer SCL_noAgent00001 --to sales --dry-run',
  'calls --bogus',
  'calls --sandbox --room standup',
];

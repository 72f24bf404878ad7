/** The shells that can be completed in. Their scripts are loaded when one is asked for. */
import type { Shell } from './shell.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type ShellName = (typeof SHELLS)[number];

/** Loads what is known of one shell. */
export async function loadShell(name: ShellName): Promise<Shell> {
  switch (name) {
    case 'bash':
      return (await import('./bash.ts')).bash;
    case 'zsh':
      return (await import('./zsh-fish.ts')).zsh;
    case 'fish':
      return (await import('./fish.ts')).fish;
    case 'powershell':
      return (await import('./powershell.ts')).powershell;
  }
}

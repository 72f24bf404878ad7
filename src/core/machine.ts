/**
 * What tells the processes of this machine from those of another: the number of a process says whether
 * it is there only where the same numbers are in use.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces, platform } from 'node:os';

/** What it is read from, for tests. */
export interface MachineFacts {
  platform: NodeJS.Platform;
  hostname(): string;
  /** The hardware addresses of its networks. */
  addresses(): string[];
  /** @throws where there is no such file */
  readFile(path: string): string;
  /** @throws where there is no such link */
  readLink(path: string): string;
}

const REAL: MachineFacts = {
  platform: platform(),
  hostname,
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses = []) => addresses)
      .filter(({ internal }) => !internal)
      .map(({ mac }) => mac)
      // Tunnels have none of their own.
      .filter((mac) => mac !== '00:00:00:00:00:00'),
  readFile: (path) => readFileSync(path, 'utf8').trim(),
  readLink: (path) => readlinkSync(path),
};

/**
 * Names this machine. Containers may have one host name and one kernel, and machines one host name, and
 * each its own process 17: so the name of a Linux machine has its boot and its process namespace in it.
 * @returns null where nothing tells: then nobody may conclude that a process is gone
 */
export function nameMachine(facts: MachineFacts = REAL): string | null {
  const parts = [facts.hostname()];
  try {
    if (facts.platform === 'linux') {
      parts.push(facts.readFile('/proc/sys/kernel/random/boot_id'));
      parts.push(facts.readLink('/proc/self/ns/pid'));
    } else {
      const addresses = [...new Set(facts.addresses())].sort();
      if (addresses.length === 0) return null;
      parts.push(...addresses);
    }
  } catch {
    return null;
  }
  return parts.join(' ');
}

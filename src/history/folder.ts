/** Where the record of transfers lies. */
import { posix, win32 } from 'node:path';

/**
 * The folder for what this program keeps of its runs: `$XDG_STATE_HOME/lk-transfer` if that variable
 * is absolute (the XDG specification has relative ones ignored), on every system; else
 * `%LOCALAPPDATA%\lk-transfer` on Windows and `~/.local/state/lk-transfer` everywhere else, macOS
 * included, as with the config. Local, not roaming: a record belongs to the machine it was made on.
 */
export function historyFolder(host: {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}): string {
  const path = host.platform === 'win32' ? win32 : posix;
  const xdg = host.env.XDG_STATE_HOME;
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'lk-transfer');
  if (host.platform !== 'win32') return path.join(host.home, '.local', 'state', 'lk-transfer');
  const localAppData = host.env.LOCALAPPDATA;
  return localAppData !== undefined && path.isAbsolute(localAppData)
    ? path.join(localAppData, 'lk-transfer')
    : path.join(host.home, 'AppData', 'Local', 'lk-transfer');
}

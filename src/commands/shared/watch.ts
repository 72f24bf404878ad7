/** A watch of the calls, as the flags of a live list ask for it. */
import { Watch } from '../../calls/watch.ts';
import type { CallWatch } from '../../calls/watched-calls.ts';
import type { WebhookListener } from '../../livekit/webhooks.ts';
import { readOpenCalls } from './calls.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/** Requests a minute, where nobody says otherwise: a third of what LiveKit Cloud allows a project. */
const DEFAULT_MAX_REQUESTS = 300;

export interface WatchFlags {
  maxRequests?: number;
  /** `--webhooks`, as typed. */
  webhooks?: string;
  /** Only this room, by name or SID. */
  room?: string;
}

interface OpenWatch {
  watch: CallWatch;
  close(): void;
}

/**
 * Makes a watch, and listens for webhooks where that is asked for; whoever opens it runs it.
 * @param signal aborted when the watch is to end
 * @param onUnreadRecord told why calls with open transfers are not marked, once for each reason
 * @throws UsageError for an address where nobody can listen
 */
export async function openWatch(
  flags: WatchFlags,
  session: Session,
  context: Context,
  signal: AbortSignal,
  onUnreadRecord: (why: string) => void,
): Promise<OpenWatch> {
  const { client, config, isAgent, isScanned, sandbox } = session;
  const { host } = context;
  const told = new Set<string>();
  const tellOnce = (why: string) => {
    if (!told.has(why)) onUnreadRecord(why);
    told.add(why);
  };
  let webhooks: WebhookListener | null = null;
  const watch = new Watch(client, {
    isAgent,
    country: config.defaultCountry ?? null,
    maxRequests: flags.maxRequests ?? DEFAULT_MAX_REQUESTS,
    isWatched: (room) =>
      flags.room === undefined ? isScanned(room) : [room.name, room.sid].includes(flags.room),
    byWebhooks: flags.webhooks !== undefined,
    lastWebhookMs: () => webhooks?.lastMs ?? null,
    readOpenTransfers: sandbox ? undefined : () => readOpenCalls(context, tellOnce),
    clock: host,
    signal,
  });
  // Rooms that nobody watches are not listed for their sake.
  const onRoom = (name: string) => {
    if (flags.room !== undefined || isScanned({ name })) watch.look(name);
  };
  webhooks = await listen(flags.webhooks, session, onRoom, host.now);
  return { watch, close: () => webhooks?.close() };
}

async function listen(
  address: string | undefined,
  { credentials }: Session,
  onRoom: (room: string) => void,
  now: () => number,
): Promise<WebhookListener | null> {
  if (address === undefined) return null;
  const { listenForWebhooks, readWebhookAddress } = await import('../../livekit/webhooks.ts');
  return listenForWebhooks(readWebhookAddress(address), credentials, onRoom, now);
}

/** The trunks of a LiveKit: whose they are, what is known of REFER there, and how long a hold lasts. */
import type { TransferConfig } from '../../config/types.ts';
import { formatDuration, MEDIA_TIMEOUT_MS } from '../../core/text.ts';
import {
  listedTrunkKeys,
  missingTrunkKeys,
  trunkConfigFor,
} from '../../destinations/destination.ts';
import {
  type ProviderName,
  providerOfHost,
  providerPresets,
} from '../../destinations/providers.ts';
import { knownRefer, NO_MEMORY, type TrunkMemory } from '../../history/trunk-verdicts.ts';
import { readFailure } from '../../livekit/failures.ts';
import { readTrunks, type Trunk } from '../../livekit/messages.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';
import { parseBody } from '../../livekit/twirp.ts';
import { describeKnownRefer, type KnownRefer } from '../../transfer/explain/facts.ts';
import { lacksGrant, type ProbedProject, type Probes } from './access.ts';
import { type CheckResult, check, checkBridge, namedCheck } from './check.ts';

/** One trunk, in the field names of the JSON output. */
export interface TrunkReport {
  /** `ST_…`. */
  id: string;
  /** As LiveKit has it; may be empty. */
  name: string;
  /** `inbound`: its callers call us. */
  direction: 'inbound' | 'outbound';
  /** Its own. */
  numbers: string[];
  /** Host, or host:port, of an outbound trunk; null of an inbound one. */
  address: string | null;
  /** By the config, else by the address. */
  provider: ProviderName | null;
  /** Its key in the config's `trunks`; null when the config says nothing about it. */
  trunkKey: string | null;
  /** false: the config or the provider says that there is none; null: nobody knows before a test. */
  refer: boolean | null;
  /** In ms; null: LiveKit's own default, 15 s. */
  mediaTimeoutMs: number | null;
  /** What a test or a transfer from this machine showed last; null: none did. */
  knownRefer: KnownRefer | null;
}

/** What the config, the provider presets and this machine know of each trunk. */
export function reportTrunks(
  trunks: readonly Trunk[],
  config: TransferConfig,
  memory: TrunkMemory = NO_MEMORY,
): TrunkReport[] {
  return trunks.map((trunk) => {
    const { id, name, direction, numbers, address, mediaTimeoutMs } = trunk;
    const recognised = address === null ? null : providerOfHost(address);
    const { key, trunk: known } = trunkConfigFor(config, {
      id,
      name: name || null,
      host: address,
      provider: recognised,
      trunkNumber: null,
      callerNumber: null,
      direction,
    });
    const provider = known.provider ?? recognised;
    const hasNone =
      known.refer === false || (provider !== null && !providerPresets[provider].refer);
    const refer = hasNone ? false : (known.refer ?? null);
    return {
      ...{ id, name, direction, numbers, address, provider },
      ...{ trunkKey: key, refer, mediaTimeoutMs },
      knownRefer: knownRefer({ id, direction }, memory),
    };
  });
}

/**
 * One check a trunk: whether REFER works there is not found out, and what is known is said.
 * @param unread why more may be known: sentences, or null
 */
export function checkTrunks(
  reports: readonly TrunkReport[],
  nowMs: number,
  unread: readonly (string | null)[] = [],
): CheckResult[] {
  if (reports.length === 0) {
    return [
      check('trunks', 'warning', 'LiveKit has none: no call can come in or go out', {
        hint: 'Is this the right project? Trunks are made with `lk sip inbound create`.',
      }),
    ];
  }
  return reports.map((report) => {
    const subject = { id: `trunk:${report.id}`, title: `Trunk ${report.id}` };
    const numbers = report.numbers.join(', ') || 'any number';
    const name = report.name === '' ? '' : ` “${report.name}”`;
    const address = report.address === null ? '' : ` at ${report.address}`;
    const what = `${report.direction}${name}${address}, ${numbers}`;
    const { knownRefer: seen } = report;
    const notes = [
      ...knowledge(report),
      ...(seen === null ? [] : [`seen from this machine: ${describeKnownRefer(seen, nowMs)}`]),
      ...unread.filter((why) => why !== null),
    ];
    if (report.refer === false || seen?.verdict === 'refused') {
      return namedCheck(subject, 'warning', `${what}: no cold transfers there`, {
        notes,
        hint: 'Bridge its callers: `lk-transfer transfer --method bridge` (`lk-transfer help cold-or-warm`).',
      });
    }
    return namedCheck(subject, seen === null ? 'not-checked' : 'ok', what, { notes });
  });
}

/** What is known before a test: whose trunk it is, and what that means for REFER. */
function knowledge({ id, direction, provider, refer, trunkKey }: TrunkReport): string[] {
  if (provider !== null) {
    const { title, enable, refer: has } = providerPresets[provider];
    const known = refer === false && has ? saidNone(trunkKey) : enable;
    return [`provider: ${title}`, `REFER: ${known}`];
  }
  if (refer === false) return [`REFER: ${saidNone(trunkKey)}`];
  if (refer === true) return [`REFER: the config says that it works (trunks.${trunkKey}.refer)`];
  // An inbound trunk carries no host; a call does, and there it is the caller's own word.
  return direction === 'inbound'
    ? [`provider and REFER not known; the config can name the provider (trunks.${id}.provider)`]
    : ['lk-transfer does not know this provider: only a test shows whether it has REFER'];
}

function saidNone(trunkKey: string | null): string {
  return `the config says that there is none (trunks.${trunkKey}.refer)`;
}

/**
 * Trunks that the config names and LiveKit does not have: what the config says of them helps nobody.
 * Hosts are left out, as those of inbound calls are known only from calls.
 */
export function checkConfigTrunks(
  config: TransferConfig,
  reports: readonly TrunkReport[],
): CheckResult {
  const keys = listedTrunkKeys(config);
  if (keys.length === 0) {
    return check('config-trunks', 'ok', 'the config has nothing under `trunks`');
  }
  const missing = missingTrunkKeys(config, reports);
  const used = new Set(reports.map(({ trunkKey }) => trunkKey));
  const unused = keys.filter((key) => !used.has(key) && !missing.includes(key));
  if (missing.length + unused.length === 0) {
    return check('config-trunks', 'ok', 'LiveKit has every trunk that the config names');
  }
  const twice = `not used: ${unused.join(', ')}, since another entry names the same trunk`;
  return check(
    'config-trunks',
    'warning',
    missing.length === 0
      ? twice
      : `LiveKit has no trunk ${missing.join(', ')}, which the config names`,
    {
      notes: missing.length > 0 && unused.length > 0 ? [twice] : [],
      hint: 'Correct the id or name under `trunks` in the config, or remove it.',
    },
  );
}

/** @param waitMs the longest that a transfer waits for its target, in ms */
export function checkMediaTimeout(reports: readonly TrunkReport[], waitMs: number): CheckResult {
  if (reports.length === 0) return check('media-timeout', 'skipped', 'there are no trunks');
  const wait = formatDuration(waitMs);
  const short = reports.filter(
    ({ mediaTimeoutMs }) => (mediaTimeoutMs ?? MEDIA_TIMEOUT_MS) < waitMs,
  );
  if (short.length === 0) {
    return check('media-timeout', 'ok', `every trunk keeps a silent call for ${wait} or longer`);
  }
  const which =
    reports.length === 1
      ? 'the trunk ends'
      : short.length === 1
        ? `one of ${reports.length} trunks ends`
        : `${short.length} of ${reports.length} trunks end`;
  const byTimeout = new Map<string, string[]>();
  for (const { id, mediaTimeoutMs } of short) {
    const timeout =
      mediaTimeoutMs === null
        ? `unset, so ${formatDuration(MEDIA_TIMEOUT_MS)}`
        : formatDuration(mediaTimeoutMs);
    byTimeout.set(timeout, [...(byTimeout.get(timeout) ?? []), id]);
  }
  const notes = [...byTimeout].map(([timeout, ids]) => `${timeout}: ${ids.join(', ')}`);
  return check(
    'media-timeout',
    'warning',
    `${which} a silent call before our wait of ${wait} is over`,
    {
      notes,
      hint: `A trunk may send no audio while it dials the target. LiveKit then hangs up on the caller during the transfer. Set media.media_timeout of the trunk to ${waitMs / 1000}s or more.`,
    },
  );
}

// The lists of trunks, as LiveKit gave them or not.

export interface TrunkFindings {
  checks: CheckResult[];
  reports: TrunkReport[];
}

/** LiveKit's words where it runs without the message bus that SIP needs. */
const NO_SIP = 'sip not connected';

/**
 * Judges everything about trunks.
 * @param config null when it cannot be used
 * @param waitMs the longest that a transfer waits for its target
 * @param known what this machine has seen of them, and when that was read, in ms since 1970
 */
export function judgeTrunks(
  probes: Probes,
  asked: ProbedProject,
  config: TransferConfig | null,
  waitMs: number,
  known: { memory: TrunkMemory; nowMs: number },
): TrunkFindings {
  const inbound = readList(probes.inboundTrunks.outcome, 'inbound');
  const outbound = readList(probes.outboundTrunks.outcome, 'outbound');
  if (inbound === null || outbound === null) {
    const { outcome } = inbound === null ? probes.inboundTrunks : probes.outboundTrunks;
    return { checks: withoutTrunks(outcome, asked), reports: [] };
  }
  const { memory, nowMs } = known;
  const reports = reportTrunks([...inbound, ...outbound], config ?? {}, memory);
  return {
    reports,
    checks: [
      sipService(),
      ...checkTrunks(reports, nowMs, [memory.recordUnread, memory.testsUnread]),
      config === null
        ? check('config-trunks', 'skipped', 'the config cannot be used')
        : checkConfigTrunks(config, reports),
      ...(config === null ? [] : checkBridge(config, outbound)),
      checkMediaTimeout(reports, waitMs),
    ],
  };
}

/** @returns null when that is no list of trunks */
function readList(outcome: HttpOutcome, direction: Trunk['direction']): Trunk[] | null {
  if (outcome.kind === 'failure' || outcome.httpStatus !== 200) return null;
  return readTrunks(parseBody(outcome.body), direction);
}

function sipService(): CheckResult {
  return check(
    'sip',
    'not-checked',
    'only a call can show it; no read request reaches the SIP service',
    {
      hint: '`lk-transfer smoke` places a call and transfers it.',
    },
  );
}

function withoutTrunks(outcome: HttpOutcome, asked: ProbedProject): CheckResult[] {
  const rest = [
    check('config-trunks', 'skipped', 'the trunks are not known'),
    check('media-timeout', 'skipped', 'the trunks are not known'),
  ];
  if (outcome.kind === 'answer' && lacksGrant(outcome)) {
    return [sipService(), check('trunks', 'skipped', 'the key may not see them'), ...rest];
  }
  if (outcome.kind === 'answer' && outcome.body.includes(NO_SIP)) {
    const sip = check('sip', 'failed', `${asked.host} runs without SIP (${NO_SIP})`, {
      hint: 'For telephony, your own LiveKit needs Redis and the SIP service.',
    });
    return [sip, check('trunks', 'skipped', 'there is no SIP'), ...rest];
  }
  const { message, hint, exitCode } = readFailure(outcome, { ...asked, what: 'its trunks' });
  return [sipService(), check('trunks', 'failed', message, { hint, exitCode }), ...rest];
}

/** From everything seen during a test to its one result. */
import type { Call } from '../calls/call.ts';
import type { SmokeTestConfig, TransferConfig } from '../config/types.ts';
import type { ExitCode, KnownError } from '../core/errors.ts';
import { trunkConfigFor } from '../destinations/destination.ts';
import type { TrunkVerdict } from '../history/trunk-verdicts.ts';
import type { KnownProvider } from '../transfer/explain/facts.ts';
import {
  TICKET_ACCEPTED,
  ticketCallLines,
  ticketLine,
  ticketReferLines,
  ticketStatus,
  ticketUnsentLines,
} from '../transfer/explain/provider.ts';
import { type Judgement, judgeSmoke } from './judge.ts';
import { nameTrunk, type SmokeTest, type SmokeTrunk, trunkRecord } from './plan.ts';
import type { SmokeFinding, SmokeResult, SmokeVerdict, TestName } from './result.ts';
import type { SmokeRun, Unfinished } from './run.ts';
import { describeTest, wayToUse } from './words.ts';

// The call that a test is about, as far as it was seen.

type Seen = Pick<SmokeRun, 'leg' | 'test'>;

/**
 * The leg as it was read before the REFER; one that somebody else made, and that hung up before that,
 * as it was when it was chosen.
 */
function seenCall({ leg, test }: Seen): Call | null {
  return leg?.call ?? test.call;
}

/** Which way it went, or was to go. */
function directionOf(run: Seen): Call['direction'] {
  return (seenCall(run) ?? run.test.foreseen?.call)?.direction ?? 'outbound';
}

// What the provider's support asks for, as a block of plain lines to paste into a ticket.

/** The call and its trunk, as far as LiveKit shows them. */
function callLines(run: SmokeRun): string[] {
  const { test, leg } = run;
  const call = seenCall(run);
  const trunk: SmokeTrunk | null = test.tested ?? test.trunk;
  const direction = directionOf(run);
  const isOut = direction === 'outbound';
  return ticketCallLines({
    trunk: trunk === null ? call?.trunkId : nameTrunk(trunk),
    host: call?.host ?? trunk?.host,
    transport: trunk?.transport,
    direction,
    other: call?.phoneNumberRaw ?? (isOut ? test.number : null),
    ours: call?.calledNumber ?? (isOut ? null : test.number),
    ids: leg?.ids ?? [],
    callId: call?.callId,
  });
}

function referLines({ plan, finding }: SmokeRun, { refer, notify }: Judgement): string[] {
  const { transfer } = finding;
  if (plan === null || transfer === null) return ticketUnsentLines(null);
  const { startedAt, durationMs, outcome, livekit } = transfer;
  if (outcome === 'not-sent') return ticketUnsentLines(livekit.message);
  const told = refer?.code == null ? null : { code: refer.code, reason: refer.reason ?? '' };
  return ticketReferLines({
    startedAt,
    result: { at: new Date(Date.parse(startedAt) + durationMs).toISOString(), durationMs },
    referTo: plan.request.transferTo,
    headers: plan.request.headers,
    answer: refer?.accepted && told === null ? TICKET_ACCEPTED : ticketStatus(told),
    notify: ticketStatus(notify),
    says: livekit.message,
  });
}

function dialLine({ finding }: SmokeRun): string[] {
  const { failure } = finding;
  if (failure?.kind !== 'dial') return [];
  return [
    `Answer to the INVITE: ${ticketStatus(failure.dial.sip)}`,
    ...ticketLine('LiveKit says', failure.dial.message),
  ];
}

/** Writes the block. Foreign text in it is not escaped. */
export function writeTicket(run: SmokeRun, judgement: Judgement): string[] {
  const { dialledAt, answeredAt, startedAt } = run;
  const placedAt = dialledAt ?? (run.test.method === 'live' ? null : startedAt);
  const isBridge = run.test.transferMethod === 'bridge';
  return [
    `Test of ${isBridge ? 'an outbound call' : 'call transfer by SIP REFER'}: ${judgement.verdict}`,
    ...callLines(run),
    ...ticketLine('Call placed (UTC)', placedAt),
    ...ticketLine('Call answered (UTC)', answeredAt),
    ...dialLine(run),
    ...(isBridge ? [] : referLines(run, judgement)),
  ];
}

/** The exit code of a verdict that nobody expected. */
function exitCodeOfVerdict(verdict: SmokeVerdict): ExitCode {
  if (verdict === 'supported') return 0;
  return verdict === 'inconclusive' ? 7 : 1;
}

/** What a key may not do says nothing of the trunk, whatever was expected of it. */
function lacksRights({ failure, transfer }: SmokeFinding): boolean {
  if (failure?.kind !== 'dial') return transfer?.exitCode === 4;
  return failure.dial.cause === 'permission' || failure.dial.cause === 'credentials';
}

function exitCodeOf(
  finding: SmokeFinding,
  verdict: SmokeVerdict,
  expected: SmokeVerdict | null,
): ExitCode {
  if (lacksRights(finding)) return 4;
  if (expected === null) return exitCodeOfVerdict(verdict);
  return verdict === expected ? 0 : 1;
}

/** Whose trunk it is: the config's word, else what the leg looks like. */
function knownProvider(run: SmokeRun): KnownProvider | null {
  const { plan, test } = run;
  const call = seenCall(run);
  const named = (plan ?? test.foreseen)?.provider ?? null;
  if (named !== null) return { name: named, certain: true };
  // In a loop the trunk that was dialled over need not be the provider of the leg that came in.
  const trunk = call === null ? (test.trunk ?? test.tested) : test.tested;
  const seen = call?.provider ?? trunk?.provider ?? null;
  if (seen === null) return null;
  return { name: seen, certain: (call?.direction ?? 'outbound') === 'outbound' };
}

/** The trunk of the leg; where none came up, the one that was to bring it about. */
function describeTrunk(run: SmokeRun, provider: KnownProvider | null): SmokeResult['trunk'] {
  const { test } = run;
  const call = seenCall(run);
  const known: SmokeTrunk | null = call === null ? (test.trunk ?? test.tested) : test.tested;
  return {
    id: call?.trunkId ?? known?.id ?? null,
    name: known?.name ?? null,
    host: call?.host ?? known?.host ?? null,
    provider: provider?.name ?? null,
  };
}

/** The key under which the config has, or would have, the trunk. */
function trunkKey(trunk: SmokeResult['trunk'], run: SmokeRun, config: TransferConfig): string {
  const facts = { ...trunk, trunkNumber: null, callerNumber: null, direction: null };
  const { key } = trunkConfigFor(config, facts);
  return key ?? trunk.id ?? trunk.name ?? trunk.host ?? seenCall(run)?.callId ?? 'this trunk';
}

/**
 * Makes the result.
 * @param operator whether the target answered, as whoever watched it says; null when nobody was asked
 */
export function concludeSmoke(
  run: SmokeRun,
  config: TransferConfig,
  operator: boolean | null = null,
): SmokeResult {
  const { test, plan, dial, agent, leftBehind, startedAt, durationMs } = run;
  const { transferMethod } = test;
  const finding = { ...run.finding, operator };
  const judgement: Judgement = judgeSmoke(finding);
  const provider = knownProvider(run);
  const trunk = describeTrunk(run, provider);
  const direction = directionOf(run);
  const { message, hint } = describeTest({
    finding,
    judgement,
    method: test.method,
    direction,
    number: test.number ?? nameTrunk(test.tested),
    trunkKey: trunkKey(trunk, run, config),
    destination: plan?.destination ?? null,
    provider,
  });
  const { verdict, refer, notify, answered, proof } = judgement;
  return {
    test: test.name,
    trunk,
    method: test.method,
    transferMethod,
    direction,
    verdict,
    refer,
    notify,
    bridge: finding.bridge,
    dial,
    answered,
    proof,
    // Of the other way it says nothing.
    use: transferMethod === 'refer' ? wayToUse(judgement) : verdict === 'supported' ? 'warm' : null,
    message,
    hint: hint === '' ? null : hint,
    durationMs,
    transfer: finding.transfer,
    agentIdentity: agent,
    leftBehind,
    ticket: writeTicket({ ...run, finding }, judgement),
    startedAt,
    exitCode: exitCodeOf(finding, verdict, test.expected),
    ...(test.expected !== null && { expected: test.expected }),
  };
}

/**
 * What is to be remembered of a test for its trunk.
 * @returns null where it says nothing of one: it never came to a leg on it, or the key lacks a right
 */
export function verdictToRemember({
  trunk,
  direction,
  method,
  transferMethod,
  verdict,
  refer,
  bridge,
  transfer,
  startedAt,
  exitCode,
}: SmokeResult): TrunkVerdict | null {
  const isOfTrunk = transfer !== null || method === 'outbound';
  if (trunk.id === null || direction === null || !isOfTrunk || exitCode === 4) return null;
  return {
    ...{ trunkId: trunk.id, direction, transferMethod, verdict },
    ...{
      code: refer?.code ?? bridge?.invite?.code ?? null,
      at: startedAt,
      provider: trunk.provider,
    },
  };
}

// Results of tests that never came about: they stand among the others, so that none is missing.

const NOTHING_DONE: Unfinished = { dial: null, leftBehind: [], durationMs: 0 };

/** The line of a test that could not be run: nothing is known of its trunk. */
export function resultOfNotStarted(
  entry: SmokeTestConfig,
  test: TestName,
  error: KnownError,
  startedAt: string,
): SmokeResult {
  const [id, name] = entry.trunk.startsWith('ST_') ? [entry.trunk, null] : [null, entry.trunk];
  return notStarted(error, startedAt, {
    test,
    trunk: { id, name, host: null, provider: null },
    method: entry.loop === undefined ? 'outbound' : 'loop',
    transferMethod: entry.method ?? 'refer',
    ...NOTHING_DONE,
    ...(entry.expect !== undefined && { expected: entry.expect }),
  });
}

/** The line of a test that LiveKit did not let us finish: what it made may be there still. */
export function resultOfFailed(
  test: SmokeTest,
  error: KnownError,
  startedAt: string,
  unfinished: Unfinished = NOTHING_DONE,
): SmokeResult {
  const trunk = test.tested ?? test.trunk;
  return notStarted(error, startedAt, {
    test: test.name,
    trunk: { ...trunkRecord(trunk), id: trunk?.id ?? test.call?.trunkId ?? null },
    method: test.method,
    transferMethod: test.transferMethod,
    ...unfinished,
    ...(test.expected !== null && { expected: test.expected }),
  });
}

type TestAs = 'test' | 'trunk' | 'method' | 'transferMethod' | 'expected';

function notStarted(
  { message, hint, exitCode }: KnownError,
  startedAt: string,
  about: Pick<SmokeResult, TestAs | keyof Unfinished>,
): SmokeResult {
  return {
    ...about,
    verdict: 'call-failed',
    ...{ direction: null, refer: null, notify: null, bridge: null },
    ...{ answered: null, proof: null, use: null },
    message,
    hint: hint ?? null,
    transfer: null,
    agentIdentity: null,
    ticket: [],
    startedAt,
    exitCode,
  };
}

/** What the provider's support asks for, as a block of plain lines to paste into a ticket. */

import { nameStatus } from '../transfer/explain/status.ts';
import type { SipStatus } from '../transfer/outcome.ts';
import type { Judgement } from './judge.ts';
import { nameTrunk, type SmokeTrunk } from './plan.ts';
import type { SmokeRun } from './run.ts';
import { directionOf, seenCall } from './seen-call.ts';

/** LiveKit writes sip addresses in angle brackets and tel addresses bare (LiveKit SIP 1.11). */
const asSent = (referTo: string): string => (referTo.startsWith('tel:') ? referTo : `<${referTo}>`);

function line(label: string, value: string | null | undefined): string[] {
  return value === null || value === undefined || value === '' ? [] : [`${label}: ${value}`];
}

/** From and To as the INVITE of the leg had them, as far as LiveKit shows it. */
function parties(run: SmokeRun): string[] {
  const { test } = run;
  const call = seenCall(run);
  const direction = directionOf(run);
  const other = call?.phoneNumberRaw ?? (direction === 'outbound' ? test.number : null);
  const ours = call?.calledNumber ?? (direction === 'outbound' ? null : test.number);
  const [from, to] = direction === 'outbound' ? [ours, other] : [other, ours];
  return [
    `Direction of the call: ${direction} (${direction === 'outbound' ? 'placed' : 'received'} by LiveKit)`,
    ...line('From', from),
    ...line('To', to),
  ];
}

function trunkLines(run: SmokeRun): string[] {
  const { test } = run;
  const call = seenCall(run);
  const trunk: SmokeTrunk | null = test.tested ?? test.trunk;
  const host = call?.host ?? trunk?.host;
  const transport = trunk?.transport;
  return [
    ...line('Trunk', trunk === null ? call?.trunkId : nameTrunk(trunk)),
    ...line('Trunk host', host && transport ? `${host}, transport ${transport}` : host),
  ];
}

function code(status: SipStatus | null): string {
  return status === null ? 'not told by LiveKit' : nameStatus(status);
}

/** Both codes, and when LiveKit was asked and answered. */
function referLines({ plan, finding }: SmokeRun, { refer, notify }: Judgement): string[] {
  const { transfer } = finding;
  if (plan === null || transfer === null) return ['No REFER was sent.'];
  if (transfer.outcome === 'not-sent') {
    // Its provider would look for a request that never left LiveKit.
    return ['No REFER was sent.', ...line('LiveKit says', transfer.livekit.message)];
  }
  const { startedAt, durationMs } = transfer;
  const answered = new Date(Date.parse(startedAt) + durationMs).toISOString();
  const told = refer?.code == null ? null : { code: refer.code, reason: refer.reason ?? '' };
  return [
    `REFER requested (UTC): ${startedAt}`,
    `Result known (UTC): ${answered}, after ${durationMs} ms`,
    `Refer-To: ${asSent(plan.request.transferTo)}`,
    ...Object.entries(plan.request.headers).map(([name, value]) => `${name}: ${value}`),
    `Answer to the REFER: ${refer?.accepted && told === null ? 'accepted; the code is not told by LiveKit' : code(told)}`,
    `Last NOTIFY: ${code(notify)}`,
    ...line('LiveKit says', transfer.livekit.message),
  ];
}

function dialLine({ finding }: SmokeRun): string[] {
  const { trouble } = finding;
  if (trouble?.kind !== 'dial') return [];
  return [
    `Answer to the INVITE: ${code(trouble.dial.sip)}`,
    ...line('LiveKit says', trouble.dial.message),
  ];
}

/** Writes the block. Foreign text in it is not escaped. */
export function writeTicket(run: SmokeRun, judgement: Judgement): string[] {
  const { leg, dialledAt, answeredAt, startedAt } = run;
  return [
    `Test of call transfer by SIP REFER: ${judgement.verdict}`,
    ...trunkLines(run),
    ...parties(run),
    ...(leg?.ids ?? []).map(([name, value]) => `${name}: ${value}`),
    ...line('LiveKit call id', seenCall(run)?.callId),
    ...line('Call placed (UTC)', dialledAt ?? (run.test.method === 'live' ? null : startedAt)),
    ...line('Call answered (UTC)', answeredAt),
    ...dialLine(run),
    ...referLines(run, judgement),
  ];
}

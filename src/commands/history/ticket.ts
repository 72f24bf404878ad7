/** `ticket`: what a carrier's support asks for about a transfer, from the record and the live call. */
import { callIdOf, type SipIds, sipIdsAmong } from '../../calls/call.ts';
import { openConfig } from '../../config/load.ts';
import {
  type ExitCode,
  InterruptedError,
  isKnownError,
  KnownError,
  NotFoundError,
} from '../../core/errors.ts';
import { nearestNames } from '../../core/text.ts';
import { type RecordedAttempt, readAttempts } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import { isTransferOf } from '../../history/summary.ts';
import { escapeText } from '../../terminal/style.ts';
import {
  TICKET_ACCEPTED,
  ticketBridgeLines,
  ticketCallLines,
  ticketLine,
  ticketReferLines,
  ticketStatus,
  ticketUnsentLines,
} from '../../transfer/explain/provider.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { openSession, withSession } from '../shared/session.ts';
import { TICKET_FIELDS, type TicketOptions, type TicketRecord } from './command.ts';
import { readCallerFilter } from './run.ts';

/**
 * The transfers that are meant, all of one call.
 * @throws NotFoundError for what the record does not know; KnownError `ambiguous-call`
 */
async function findMeant(
  attempts: readonly RecordedAttempt[],
  options: TicketOptions,
  context: Context,
): Promise<RecordedAttempt[]> {
  const { call: name } = options;
  const one = attempts.filter(({ id }) => id === name);
  if (one.length > 0) return one;
  const { settings } = await openConfig(options, context);
  const filter = await readCallerFilter(name, settings.defaultCountry.value);
  const isNamed = ({ callId, identity }: RecordedAttempt) => callId === name || identity === name;
  const matches = attempts.map((attempt) => ({
    attempt,
    // null: of a number that was recorded masked only the end is known.
    fits: isNamed(attempt) || (filter !== null && isTransferOf(attempt, filter)),
  }));
  const found = matches.filter(({ fits }) => fits !== false);
  const calls = new Map(found.map(({ attempt }) => [attempt.callId, attempt]));
  const [meant, second] = [...calls.keys()];
  if (meant === undefined) {
    const near = nearestNames(name, [...new Set(attempts.map(({ callId }) => callId))], 3);
    throw new NotFoundError('no-such-call', `The record has no transfer of “${name}”.`, {
      hint:
        near.length === 0
          ? '`lk-transfer history` lists those of this machine. Other machines have their own record.'
          : `Did you mean ${near.join(' or ')}?`,
      data: { suggestions: near },
    });
  }
  if (second !== undefined) {
    throw new KnownError('ambiguous-call', `The record has ${calls.size} calls of “${name}”.`, {
      details: [...calls.values()].map(
        ({ callId, startedAt, to, outcome }) =>
          `${callId}  ${startedAt}  to ${to}, ${outcome ?? 'outcome not recorded'}`,
      ),
      hint: 'Name one by its call id.',
      data: {
        candidates: [...calls.values()].map(({ callId, startedAt, to, outcome }) => ({
          ...{ callId, startedAt, to, outcome },
        })),
      },
    });
  }
  if (found.every(({ fits }) => fits === null)) {
    context.output.warn(
      'Only the length and the last two digits of the number were recorded: it may be of another caller.',
    );
  }
  return attempts.filter(({ callId }) => callId === meant);
}

// The call itself, as long as it is up.

interface LiveLook {
  isUp: boolean | null;
  ids: SipIds;
  /** Why nobody could look; null: somebody did. */
  unseen: string | null;
}

/** Looks at the call once, in the room of its last transfer. */
async function lookAtCall(
  { callId, room, livekitHost }: RecordedAttempt,
  options: TicketOptions,
  context: Context,
): Promise<LiveLook> {
  const unseen = (why: string): LiveLook => ({ isUp: null, ids: {}, unseen: why });
  if (room === '' || room.includes('*')) return unseen('the record does not say in which room');
  try {
    return await withSession(openSession(options, context), async ({ client }) => {
      if (client.host !== livekitHost)
        return unseen(`it was a call of ${livekitHost ?? 'another'}`);
      const participants = await client.listParticipants(room);
      throwIfInterrupted(context);
      const participant = participants.find((each) => callIdOf(each) === callId);
      if (participant === undefined) return { isUp: false, ids: {}, unseen: null };
      const ids = Object.fromEntries(sipIdsAmong(participant.attributes));
      return { isUp: true, ids, unseen: null };
    });
  } catch (error) {
    if (!isKnownError(error) || error instanceof InterruptedError) throw error;
    return unseen(error.message);
  }
}

// One transfer as a block.

type Answers = Pick<TicketRecord, 'refer' | 'notify' | 'invite'> & {
  answer: string;
  report: string;
};

/** What the trunk said, as far as the record tells whose answer was whose. */
export function answersOf(attempt: RecordedAttempt): Answers {
  const { outcome, stage, sip, interrupted, transferMethod } = attempt;
  const nothing = { refer: null, notify: null, invite: null };
  const accepted = { accepted: true, code: null, reason: null };
  const report = 'none';
  if (outcome === null || interrupted) {
    const why = outcome === null ? 'no outcome was recorded' : 'the program was stopped before';
    return { ...nothing, answer: `not known: ${why}`, report: 'not known' };
  }
  if (transferMethod === 'bridge') {
    if (outcome === 'bridged') return { ...nothing, invite: accepted, answer: 'answered', report };
    const answer = ticketStatus(sip);
    if (stage !== 'invite' || sip === null) return { ...nothing, answer, report };
    const invite = { accepted: false, code: sip.code, reason: sip.reason || null };
    return { ...nothing, invite, answer, report };
  }
  if (outcome === 'completed' || outcome === 'target-failed' || (stage === 'notify' && sip)) {
    const both = { ...nothing, refer: accepted, notify: sip };
    return { ...both, answer: TICKET_ACCEPTED, report: ticketStatus(sip) };
  }
  if (outcome === 'refused' && stage === 'refer') {
    const code = sip?.code ?? null;
    const refer = { accepted: false, code, reason: sip?.reason || null };
    return { ...nothing, refer, answer: ticketStatus(sip), report };
  }
  const told = ticketStatus(sip);
  if (sip === null) return { ...nothing, answer: told, report: told };
  const either = `${told}, or that was the NOTIFY: LiveKit does not tell which`;
  return { ...nothing, answer: either, report: 'see above' };
}

/** The block and its facts. @param look at the call, as it is now */
export function ticketOf(attempt: RecordedAttempt, look: LiveLook): TicketRecord {
  const { id, callId, direction, phoneNumberRaw, calledNumber, trunkId, host } = attempt;
  const { provider, startedAt, endedAt, referTo, outcome, transferId } = attempt;
  // What was read before the REFER counts; the live call fills in what was not recorded then.
  const sipIds = { ...look.ids, ...attempt.sipIds };
  const { transferMethod, bridgeTrunkId } = attempt;
  const { refer, notify, invite, answer, report } = answersOf(attempt);
  const isUnsent = outcome === 'not-sent';
  const isBridge = transferMethod === 'bridge';
  const isRefer = !isUnsent && !isBridge;
  const isDialled = !isUnsent && isBridge;
  const missing = [
    ...(sipIds['sip.callIDFull'] === undefined ? ['SIP Call-ID'] : []),
    ...(sipIds['sip.callTag'] === undefined ? ['tag'] : []),
    ...unread('the caller’s number', phoneNumberRaw),
    ...unread('our number', calledNumber),
    ...(trunkId === null ? ['trunk'] : []),
    ...(referTo.includes('*') ? unread('the target', referTo) : []),
    ...(isRefer && refer === null ? ['the answer to the REFER'] : []),
    ...(isRefer && notify === null && refer?.accepted !== false ? ['the last NOTIFY'] : []),
    ...(isDialled && bridgeTrunkId === null ? ['the trunk that the target was dialled by'] : []),
    ...(isDialled && invite === null ? ['the answer to the INVITE'] : []),
  ];
  const sent = { startedAt, result: resultOf(attempt), referTo, answer };
  const ticket = [
    `Call transfer by ${isBridge ? 'a bridge' : 'SIP REFER'}: ${outcome ?? 'no outcome was recorded'}`,
    ...ticketCallLines({
      ...{ trunk: trunkId, host, transport: null, direction, callId },
      ...{ other: phoneNumberRaw, ours: calledNumber, ids: Object.entries(sipIds) },
    }),
    ...ticketLine('Provider', provider),
    ...(isUnsent ? ticketUnsentLines(attempt.message, isBridge ? 'INVITE' : 'REFER') : []),
    ...(isDialled ? ticketBridgeLines(sent, bridgeTrunkId) : []),
    ...(isRefer ? ticketReferLines({ ...sent, headers: {}, notify: report, says: null }) : []),
    ...ticketLine('LiveKit transfer id', transferId),
    ...ticketLine('Not known', missing.join(', ')),
  ];
  return {
    ...{ id, callId, direction, phoneNumberRaw, calledNumber, trunkId, host, provider, sipIds },
    ...{ startedAt, endedAt, referTo, transferMethod, bridgeTrunkId, outcome, transferId },
    ...{ isUp: look.isUp, refer, notify, invite, missing, ticket },
  };
}

/** When the outcome was known, and how long it took; null: it never was. */
function resultOf({ startedAt, endedAt, durationMs }: RecordedAttempt) {
  if (endedAt === null || durationMs === null) return null;
  return { at: new Date(Date.parse(startedAt) + durationMs).toISOString(), durationMs };
}

/** A number that the record does not have, or not whole. */
function unread(what: string, recorded: string | null): string[] {
  if (recorded === null) return [what];
  return recorded.includes('*') ? [`${what} (masked in the record)`] : [];
}

/**
 * @returns 0
 * @throws NotFoundError; KnownError `ambiguous-call`, `unreadable-record`
 */
export async function run(options: TicketOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(TICKET_FIELDS);
  // What is transferred in the sandbox inside this program is recorded nowhere.
  const attempts = options.sandbox ? [] : await readAttempts(historyFolder(host), host);
  const found = await findMeant(attempts, options, context);
  const last = found.at(-1);
  const meant = options.last === true && last !== undefined ? [last] : found;
  const isKnown = meant.every(({ sipIds }) => sipIds['sip.callIDFull'] !== undefined);
  const look: LiveLook =
    last === undefined
      ? { isUp: null, ids: {}, unseen: null }
      : await lookAtCall(last, options, context);
  if (look.unseen !== null && !isKnown) {
    output.warn(
      `Whether the call is still in LiveKit, and its ids, could not be read: ${look.unseen}`,
    );
  }
  const records = meant.map((attempt) => ticketOf(attempt, look));
  if (output.json || output.selects) {
    await output.list(records, [], TICKET_FIELDS);
    return 0;
  }
  records.forEach(({ ticket }, index) => {
    if (index > 0) output.line('');
    for (const line of ticket) output.line(escapeText(line));
  });
  if (look.isUp === true) output.notice('The call is still in LiveKit.');
  if (look.isUp === false && !isKnown) {
    output.notice('The call is over: what was not recorded before the REFER cannot be found now.');
  }
  return 0;
}

/** Every answer that a real LiveKit (August 2026, October 2026) gave to a transfer request, or could have. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classifyAnswer, weighDuration } from '../../src/transfer/classify.ts';
import { answer } from './answers.ts';

interface Captured {
  case: string;
  transfer_to?: string;
  status: number;
  contentType: string;
  body: string;
}

function readCaptured<T extends Captured>(file: string): T[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line));
}

const lines = readCaptured('./captured-answers.ndjson');

const ACCEPTED = 'accepted, none, exit 0';
const TIMED_OUT = 'unknown, notify, no-verdict-in-time, exit 7';
const NO_RIGHTS = 'not-sent, api, permission, exit 4';
const KEY_TROUBLE = 'not-sent, api, credentials, exit 4';

/** How a case's name begins → what it means, one for each time it was captured. */
const MEANINGS: Record<string, string | string[]> = {
  'REFER answered 202, NOTIFY 100, then NOTIFY 200 after 1.5 s': ACCEPTED,
  'REFER answered 202, then the provider sends BYE': ACCEPTED,
  'REFER answered 202, no NOTIFY, the provider sends no audio': ACCEPTED,
  'REFER answered 202, NOTIFY 200 after 1.5 s, and the provider hangs up': ACCEPTED,
  'transfer of the dialled leg: NOTIFY 200': ACCEPTED,
  'first of concurrent': ACCEPTED,
  'third, same target': ACCEPTED,
  'room deleted while pending': ACCEPTED,
  'REFER answered 405': 'refused, refer, sip, exit 1, 405 Method Not Allowed',
  'REFER answered 403': 'refused, refer, sip, exit 1, 403 Forbidden',
  'REFER answered 603': 'refused, refer, sip, exit 1, 603 Decline',
  'REFER answered 407': 'refused, refer, sip, exit 1, 407 Proxy Authentication Required',
  'transfer of the dialled leg: REFER 603': 'refused, refer, sip, exit 1, 603 Decline',
  'transfer of the dialled leg: REFER 405': 'refused, refer, sip, exit 1, 405 Method Not Allowed',
  'REFER answered 202, NOTIFY 100, then NOTIFY 486':
    'target-failed, notify, sip, exit 1, 486 Busy Here',
  'transfer of the dialled leg: NOTIFY 486': 'target-failed, notify, sip, exit 1, 486 Busy Here',
  'REFER answered 202, NOTIFY 100, then NOTIFY 603':
    'target-failed, notify, sip, exit 1, 603 Decline',
  'REFER answered 202, NOTIFY 100, then NOTIFY 480':
    'target-failed, notify, sip, exit 1, 480 Temporarily Unavailable',
  'REFER answered 202, no NOTIFY ever': TIMED_OUT,
  'REFER answered 202, NOTIFY 200 only after 8 s': TIMED_OUT,
  'REFER never answered': [TIMED_OUT, 'unknown, refer, refer-unanswered, exit 7'],
  'inbound call still ringing': 'not-sent, api, not-answered-yet, exit 1',
  'refused by the API before any REFER': [
    'not-sent, api, bad-address, exit 2',
    'not-sent, api, bad-address, exit 2',
    'not-sent, api, bad-header, exit 2',
  ],
  'second, other target': 'not-sent, api, already-transferring, exit 1',
  'transfer missing room': 'not-sent, api, caller-gone, exit 5',
  'non-sip participant': 'not-sent, api, not-sip, exit 5',
  'sip service frozen': 'not-sent, api, no-sip-service, exit 1',
  'transfer empty room': 'not-sent, api, rejected, exit 2',
  'transfer no sip grant': NO_RIGHTS,
  'ListRooms, no token': NO_RIGHTS,
  'ListRooms, no grant': NO_RIGHTS,
  'ListRooms, unknown key': KEY_TROUBLE,
  'ListRooms, wrong secret': KEY_TROUBLE,
  'ListRooms, expired': KEY_TROUBLE,
  'ListRooms, nbf future': KEY_TROUBLE,
  'ListRooms, garbage token': KEY_TROUBLE,
  'unknown method': 'not-sent, api, wrong-url, exit 2',
  'unknown service': 'not-sent, api, wrong-url, exit 2',
};

function meaningOf(line: Captured): string {
  const verdict = classifyAnswer(answer(line.status, line.body, line.contentType));
  const { outcome, stage, cause, exitCode, sip } = verdict;
  const parts = [outcome, stage, cause, `exit ${exitCode}`];
  if (sip !== null) parts.push(`${sip.code} ${sip.reason}`);
  return parts.filter((part) => part !== null).join(', ');
}

describe('the captured answers', () => {
  for (const [name, expected] of Object.entries(MEANINGS)) {
    const found = lines.filter((line) => line.case.startsWith(name));
    it(`${name} (${found.length})`, () => {
      const meanings = found.map(meaningOf);
      expect(meanings.length).toBeGreaterThan(0);
      expect(meanings).toEqual(Array.isArray(expected) ? expected : meanings.map(() => expected));
    });
  }

  it('are all in this table', () => {
    const names = Object.keys(MEANINGS);
    const strangers = lines.filter((line) => !names.some((name) => line.case.startsWith(name)));
    expect(strangers).toEqual([]);
  });

  it('keep LiveKit’s words, without the relay’s prefix, and all of meta', () => {
    const line = lines.find((each) => each.case === 'REFER answered 603');
    const { livekit } = classifyAnswer(answer(line?.status ?? 0, line?.body));
    expect(livekit).toMatchObject({
      httpStatus: 403,
      code: 'permission_denied',
      message: 'sip status: 603: Decline',
      transferId: null,
      reason: null,
    });
    expect(Object.keys(livekit.meta).sort()).toEqual([
      'error_details',
      'sip_status',
      'sip_status_code',
    ]);
  });
});

describe('the answers of LiveKit 1.13.11', () => {
  interface Timed extends Captured {
    stack: string;
    ms: number;
  }
  const newer = readCaptured<Timed>('./captured-answers-1.13.11.ndjson');
  const statesOutcome = ({ stack }: Timed) => stack.includes('late August 2026');

  /** What a row means, by what the trunk did in it. */
  function expectedOf(row: Timed): string {
    const name = row.case;
    if (name.includes('NOTIFY 200')) {
      return statesOutcome(row) ? 'completed, stated-reason, exit 0' : ACCEPTED;
    }
    if (name.includes('BYE with no final NOTIFY')) return 'ended, notify, call-ended, exit 7';
    const [, refer] = /^REFER answered (\d{3})$/.exec(name) ?? [];
    if (refer !== undefined) return `refused, refer, sip, exit 1, ${refer}`;
    const [, notify] = /NOTIFY ([2-6]\d\d)(?: without a reason phrase)?$/.exec(name) ?? [];
    if (notify === '202') return 'unknown, notify, sip, exit 7, 202';
    if (notify !== undefined) return `target-failed, notify, sip, exit 1, ${notify}`;
    if (name === 'REFER never answered') return 'unknown, refer, refer-unanswered, exit 7';
    if (/never a NOTIFY|after the time-out/.test(name)) return TIMED_OUT;
    throw new Error(`Nobody knows what this means: ${name}`);
  }

  it.each(
    newer.map((row) => [`${row.case} (${statesOutcome(row) ? 'August' : 'September'})`, row]),
  )('%s', (_, row) => {
    const classified = classifyAnswer(answer(row.status, row.body, row.contentType));
    const { outcome, stage, cause, exitCode, sip } = weighDuration(classified, row.ms);
    const parts = [outcome, stage, cause, `exit ${exitCode}`, sip?.code ?? null];
    expect(parts.filter((part) => part !== null).join(', ')).toBe(expectedOf(row));
  });

  it('give the transfer’s id where LiveKit says one', () => {
    const ids = newer.map(({ status, body }) => classifyAnswer(answer(status, body)).livekit);
    const said = newer.filter(({ body }) => /STR_[A-Za-z0-9]{12}/.test(body));
    expect(ids.filter(({ transferId }) => transferId !== null)).toHaveLength(said.length);
    expect(said.length).toBeGreaterThan(10);
  });
});

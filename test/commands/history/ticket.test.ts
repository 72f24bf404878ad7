import { describe, expect, it } from 'vitest';
import { answersOf, ticketOf } from '../../../src/commands/history/ticket.ts';
import { recordAttempts } from '../../../src/history/attempts.ts';
import type { OutcomeEntry, SentEntry } from '../../../src/history/entry.ts';
import { OUTCOME, SENT } from '../../history/entries.ts';
import { HOST } from '../../history/records.ts';

const SEEN = { isUp: false, ids: {}, unseen: null };

function attempt(ended: Partial<OutcomeEntry> | null = {}, sent: Partial<SentEntry> = {}) {
  const outcome = ended === null ? [] : [{ ...OUTCOME, ...ended }];
  const [one] = recordAttempts([{ ...SENT, ...sent }, ...outcome], HOST);
  if (one === undefined) throw new Error('no transfer');
  return one;
}

const BUSY = { code: 486, reason: 'Busy Here' };

describe('both answers of a trunk', () => {
  it.each<[string, Partial<OutcomeEntry> | null, object]>([
    [
      'a refusal',
      {},
      { refer: { accepted: false, code: 405 }, notify: null, answer: '405 Method Not Allowed' },
    ],
    [
      'a busy target',
      { outcome: 'target-failed', stage: 'notify', sip: BUSY },
      { refer: { accepted: true, code: null }, notify: BUSY, report: '486 Busy Here' },
    ],
    [
      'a success',
      { outcome: 'completed', stage: null, sip: null },
      { refer: { accepted: true }, notify: null, report: 'not told by LiveKit' },
    ],
    [
      'a failure of which nobody knows whose it is',
      { outcome: 'refused', stage: null, sip: BUSY },
      { refer: null, notify: null, answer: expect.stringContaining('does not tell which') },
    ],
    [
      'no verdict',
      { outcome: 'unknown', stage: 'transport', sip: null },
      { refer: null, notify: null, answer: 'not told by LiveKit' },
    ],
    ['no outcome', null, { refer: null, answer: 'not known: no outcome was recorded' }],
    [
      'a program that was left',
      { outcome: 'unknown', interrupted: true, stage: null, sip: null },
      { refer: null, answer: 'not known: the program was stopped before' },
    ],
  ])('of %s', (_, ended, expected) => {
    expect(answersOf(attempt(ended))).toMatchObject(expected);
  });
});

describe('a ticket', () => {
  it('has what the carrier’s support asks for', () => {
    expect(ticketOf(attempt(), SEEN).ticket).toEqual([
      'Call transfer by SIP REFER: refused',
      'Trunk: ST_1',
      'Trunk host: sip.example.com',
      'Direction of the call: inbound (received by LiveKit)',
      'From: +15105550100',
      'To: +15550001111',
      'sip.callIDFull: abc@10.0.0.1',
      'LiveKit call id: SCL_1',
      'Provider: twilio',
      'REFER requested (UTC): 2026-11-23T20:49:15.692Z',
      'Result known (UTC): 2026-11-23T20:49:15.699Z, after 7 ms',
      'Refer-To: <sip:100@pbx.company.com>',
      'Answer to the REFER: 405 Method Not Allowed',
      'Last NOTIFY: none',
      'LiveKit transfer id: TR_1',
      'Not known: tag',
    ]);
  });

  it('of an older record says what is not known, and takes the ids of a call that is up', () => {
    const older = attempt({ transferId: null }, { sipIds: {}, calledNumber: null, host: null });
    const over = ticketOf(older, SEEN);
    expect(over.missing).toEqual(['SIP Call-ID', 'tag', 'our number']);
    expect(over.ticket.at(-1)).toBe('Not known: SIP Call-ID, tag, our number');
    const ids = { 'sip.callIDFull': 'new@10.0.0.1', 'sip.callTag': 't1' };
    const up = ticketOf(older, { isUp: true, ids, unseen: null });
    expect(up).toMatchObject({ sipIds: ids, missing: ['our number'], isUp: true });
    expect(up.ticket).toContain('sip.callIDFull: new@10.0.0.1');
  });

  it.each<[string, Partial<OutcomeEntry>, string, object, string[]]>([
    [
      'that was answered',
      { outcome: 'bridged', stage: 'invite', sip: null },
      'Answer to the INVITE: answered',
      { invite: { accepted: true, code: null } },
      [],
    ],
    [
      'whose target was busy',
      { outcome: 'target-failed', stage: 'invite', sip: BUSY },
      'Answer to the INVITE: 486 Busy Here',
      { invite: { accepted: false, code: 486 } },
      [],
    ],
    [
      'of which nobody knows',
      { outcome: 'unknown', stage: 'transport', sip: null },
      'Answer to the INVITE: not told by LiveKit',
      { invite: null },
      ['the answer to the INVITE'],
    ],
  ])('of a bridge %s tells of no REFER', (_, ended, line, answers, missing) => {
    const record = ticketOf(attempt(ended, { transferMethod: 'bridge' }), SEEN);
    expect(record).toMatchObject({
      ...{ transferMethod: 'bridge', refer: null, notify: null, ...answers },
      missing: ['tag', 'the trunk that the target was dialled by', ...missing],
    });
    expect(record.ticket[0]).toMatch(/^Call transfer by a bridge: /);
    expect(record.ticket).toContain(line);
    expect(record.ticket.join('\n')).not.toMatch(/Refer-To|NOTIFY|REFER requested|accepted/);
  });

  it('of a bridge names the trunk that its target was dialled by', () => {
    const dialled = { transferMethod: 'bridge', bridgeTrunkId: 'ST_out' } as const;
    const ended = { outcome: 'bridged', stage: 'invite', sip: null } as const;
    const { ticket, missing, bridgeTrunkId } = ticketOf(attempt(ended, dialled), SEEN);
    expect(ticket).toContain('Trunk of the target: ST_out');
    expect({ missing, bridgeTrunkId }).toEqual({ missing: ['tag'], bridgeTrunkId: 'ST_out' });
  });

  it('of a bridge that was not sent tells of no INVITE', () => {
    const unsent = { outcome: 'not-sent', stage: 'api', sip: null, durationMs: null } as const;
    const { ticket } = ticketOf(attempt(unsent, { transferMethod: 'bridge' }), SEEN);
    expect(ticket).toContain('No INVITE was sent.');
    expect(ticket.join('\n')).not.toMatch(/REFER/);
  });

  it('says of numbers that were recorded masked that they are not known', () => {
    const masked = { phoneNumberRaw: '+*********00', calledNumber: '+*********11' };
    const { missing } = ticketOf(attempt({}, masked), SEEN);
    expect(missing).toEqual([
      'tag',
      'the caller’s number (masked in the record)',
      'our number (masked in the record)',
    ]);
  });

  it('of what LiveKit turned away tells of no REFER', () => {
    const unsent = { outcome: 'not-sent', stage: 'api', sip: null, durationMs: null } as const;
    const { ticket, missing } = ticketOf(attempt(unsent), SEEN);
    expect(ticket).toContain('No REFER was sent.');
    expect(ticket.join('\n')).not.toMatch(/Refer-To|NOTIFY|REFER requested/);
    expect(missing).toEqual(['tag']);
  });
});

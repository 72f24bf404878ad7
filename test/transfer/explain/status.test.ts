/** Every status that is listed anywhere, at both stages. */
import { describe, expect, it } from 'vitest';
import { type Action, type SipStage, USE_BRIDGE } from '../../../src/transfer/explain/advice.ts';
import { sipWords } from '../../../src/transfer/explain/status.ts';
import { explainStatus } from './transfer-facts.ts';

/** All that LiveKit has an HTTP and a Twirp code for. */
const LISTED = [
  ...[400, 405, 406, 414, 415, 416, 420, 421, 429, 484, 485, 488, 489, 493, 606],
  ...[401, 402, 403, 433, 603, 607, 608],
  ...[407, 428, 436, 437, 438, 494],
  ...[302, 404, 410, 481, 604],
  ...[408, 504, 480, 486, 600, 487, 491, 500, 501, 502, 503],
];
const EVERY_CODE = Array.from({ length: 400 }, (_, index) => 300 + index);
const STAGES: SipStage[] = ['refer', 'notify'];

describe('the words for a SIP status', () => {
  it.each(LISTED)('%d has words of its own at each stage, and they differ', (code) => {
    const [refer, notify] = STAGES.map((stage) => sipWords(code, stage));
    expect(refer?.meaning).not.toBe(notify?.meaning);
    for (const words of [refer, notify]) {
      expect(words?.meaning).toMatch(/^[a-z].+[^.]$/);
      expect(words?.hint).toMatch(/^[A-Z].*[.]$/);
    }
    // The general words are for statuses that nobody listed.
    expect(refer?.meaning).not.toBe(sipWords(470, 'refer').meaning);
    expect(notify?.meaning).not.toBe(sipWords(470, 'notify').meaning);
  });

  it.each(STAGES)('at the stage %s there are words for any status, by its class', (stage) => {
    for (const code of [...EVERY_CODE, 0, 199, 700]) {
      expect(sipWords(code, stage)).toMatchObject({
        meaning: expect.stringMatching(/./),
        hint: expect.stringMatching(/./),
      });
    }
    expect(sipWords(513, stage)).toBe(sipWords(500, stage));
    expect(sipWords(305, stage)).toBe(sipWords(302, stage));
    expect(sipWords(470, stage)).not.toBe(sipWords(670, stage));
  });

  it.each<[number, Action, Action]>([
    [302, 'fix-address', 'other-destination'],
    [400, 'fix-address', 'fix-address'],
    [401, 'fix-trunk', 'fix-trunk'],
    [402, 'fix-trunk', 'fix-trunk'],
    [403, 'fix-trunk', 'fix-trunk'],
    [404, 'fix-address', 'fix-address'],
    [405, 'bridge', 'fix-address'],
    [407, 'fix-trunk', 'fix-trunk'],
    [408, 'retry-later', 'other-destination'],
    [410, 'fix-address', 'fix-address'],
    [416, 'fix-address', 'fix-address'],
    [420, 'bridge', 'fix-address'],
    [428, 'ask-provider', 'ask-provider'],
    [429, 'fix-request', 'fix-request'],
    [433, 'ask-provider', 'other-destination'],
    [480, 'retry-soon', 'other-destination'],
    [481, 'look', 'retry-later'],
    [484, 'fix-address', 'fix-address'],
    [486, 'retry-soon', 'other-destination'],
    [487, 'look', 'other-destination'],
    [488, 'fix-address', 'other-destination'],
    [491, 'retry-soon', 'retry-later'],
    [494, 'ask-provider', 'other-destination'],
    [501, 'bridge', 'fix-address'],
    [503, 'retry-later', 'retry-later'],
    [504, 'retry-later', 'other-destination'],
    [600, 'retry-soon', 'other-destination'],
    [603, 'fix-trunk', 'other-destination'],
    [608, 'ask-provider', 'other-destination'],
  ])('%d asks for %s at the REFER and for %s in the NOTIFY', (code, refer, notify) => {
    expect(STAGES.map((stage) => sipWords(code, stage).action)).toEqual([refer, notify]);
  });

  it('advises a warm transfer where there is no REFER as the trunk stands, and nowhere else', () => {
    const warm = LISTED.filter((code) => sipWords(code, 'refer').warmTransfer === true);
    expect(warm.sort()).toEqual([
      401, 403, 405, 406, 407, 415, 420, 421, 428, 433, 436, 437, 438, 489, 493, 494, 501, 603,
    ]);
    for (const code of warm) {
      expect(sipWords(code, 'refer').hint).toContain(USE_BRIDGE);
    }
    expect(LISTED.filter((code) => sipWords(code, 'notify').warmTransfer)).toEqual([]);
  });
});

describe('the story of a SIP failure', () => {
  const sentences = (text: string) => text.match(/[.`](?= [A-Z`]|$)/g)?.length ?? 0;

  it.each(STAGES)('at the stage %s is short and without LiveKit’s own words', (stage) => {
    for (const code of EVERY_CODE) {
      const { message, hint, text } = explainStatus(stage, code);
      expect(text).not.toMatch(/permission_denied|invalid_argument|unauthenticated|undefined|null/);
      expect(text).not.toMatch(/\bNOTIFY\b|\bINVITE\b|\bcodec\b|\bSDP\b/);
      expect(text).not.toMatch(/\b(API|key|secret|credentials?|token|log ?in)\b/i);
      expect(sentences(message)).toBeLessThanOrEqual(3);
      expect(sentences(hint ?? '')).toBeLessThanOrEqual(4);
    }
  });

  it.each(STAGES)('at the stage %s says beside its jargon what it means', (stage) => {
    for (const code of EVERY_CODE) {
      const { text, hint } = explainStatus(stage, code);
      if (/\bREFER\b/.test(text)) expect(text).toMatch(/REFER \(SIP’s transfer request\)/);
      if (/\bREFER\b/.test(hint ?? '')) expect(hint).toContain('call transfer (SIP REFER)');
      if (/\bwarm\b/.test(text)) expect(text).toContain('dial the target into the caller’s room');
      if (/STIR/.test(text)) expect(text).toContain('a signed caller identity');
    }
  });

  it('names the status and what it means', () => {
    for (const stage of STAGES) {
      for (const code of LISTED) {
        const { message, advice } = explainStatus(stage, code);
        expect(message).toContain(`${code} Words`);
        expect(message).toContain(sipWords(code, stage).meaning);
        expect(advice.meaning).toBe(sipWords(code, stage).meaning);
      }
    }
  });

  it('says at the REFER of a refusal by policy that nobody was called, and never in the NOTIFY', () => {
    for (const code of [403, 433, 480, 486, 600, 603, 607, 608, 699]) {
      expect(sipWords(code, 'refer').meaning).toContain('nobody was called');
      expect(sipWords(code, 'notify').meaning).not.toContain('nobody was called');
    }
  });
});

/** Captured transfers of every era, and the behaviour that brings the same about. */
import type { Era } from '../../src/sandbox/server.ts';
import { answers, type CapturedAnswer } from './captured-answers.ts';
import { ALL_ERAS } from './livekit-under-test.ts';

export interface TransferCase {
  /** Null on a LiveKit of which nobody knows the era. */
  era: Era | null;
  behaviour: string;
  /** The transfer that is asked for. */
  request: {
    transfer_to: string | undefined;
    ringing_timeout: string | undefined;
    headers: Record<string, string> | undefined;
  };
  /** What was captured: on a LiveKit of an unknown era one of these. */
  captured: readonly [CapturedAnswer, ...CapturedAnswer[]];
}

/** How the name of a captured case begins, and the behaviour; the first one that fits holds. */
const BEHAVIOUR_OF: readonly (readonly [name: RegExp, behaviour: string])[] = [
  [/NOTIFY 200 only after 8 s|the target answers after the time-out/, 'answers-after-8-s'],
  [/NOTIFY 200.*(?:hangs up at once|sends BYE at once)/, 'hangs-up-after-200'],
  [/BYE with no final NOTIFY/, 'hangs-up-early'],
  [/sends no audio/, 'holds-without-audio'],
  [/NOTIFY 200/, 'answers'],
  [/no NOTIFY ever|never a NOTIFY/, 'never-reports'],
  [/NOTIFY 486 without a reason phrase/, 'busy-486-without-phrase'],
  [/NOTIFY 486/, 'busy-486'],
  [/REFER never answered/, 'never-answers-the-refer'],
  [/inbound call still ringing/, 'still-ringing'],
  [/refused by the API before any REFER/, 'answers'],
];
const REFUSED = /^REFER answered (?!202)(\d{3})/;
const REPORTED = /NOTIFY (\d{3})$/;

function behaviourOf(name: string): string {
  const [, listed] = BEHAVIOUR_OF.find(([pattern]) => pattern.test(name)) ?? [];
  if (listed !== undefined) return listed;
  const [, refused] = REFUSED.exec(name) ?? [];
  if (refused !== undefined) return `refuses-${refused}`;
  const [, reported] = REPORTED.exec(name) ?? [];
  if (reported !== undefined) return `reports-${reported}`;
  throw new Error(`No behaviour leads to "${name}"`);
}

/** Those that say what a transfer of a call came to, one call each. */
const transfers = answers.filter(({ transfer_to }) => transfer_to !== undefined);

function casesIn(era: Era | null): TransferCase[] {
  const cases = new Map<string, TransferCase>();
  for (const answer of transfers) {
    if (era !== null && answer.era !== era) continue;
    const { transfer_to, ringing_timeout, headers, case: name } = answer;
    const behaviour = behaviourOf(name);
    const request = { transfer_to, ringing_timeout, headers };
    // Where the era is not known, the answers of all eras to the same thing belong together.
    const key = era === null ? wordless(behaviour, answer) : name + JSON.stringify(request);
    const known = cases.get(key);
    cases.set(key, {
      era,
      behaviour,
      request,
      captured: known ? [...known.captured, answer] : [answer],
    });
  }
  if (era !== null) return [...cases.values()];
  // LiveKit's own time-out is an end of the call like any other, and was captured in one era only.
  const ended = transfers.filter((answer) => behaviourOf(answer.case) === 'hangs-up-early');
  // Where the server gives up, the SIP service may do so first, in words of its own.
  const quicker = transfers.filter(({ case: name }) => name.includes('the SIP service is quicker'));
  return [...cases.values()].map((each) => {
    const others = [
      ...(each.behaviour === 'holds-without-audio' ? ended : []),
      ...(each.captured.some(({ body }) => body.includes('request timed out')) ? quicker : []),
    ];
    return { ...each, captured: [...each.captured, ...others] };
  });
}

/** How long LiveKit waits decides only where nothing ends the wait before. */
function wordless(
  behaviour: string,
  { transfer_to, ringing_timeout, headers, ms }: CapturedAnswer,
) {
  const isTimeOut =
    ringing_timeout !== undefined && ms >= Number.parseInt(ringing_timeout, 10) * 1000;
  const isRefused = behaviour === 'answers' && ms < 1_000;
  return JSON.stringify([behaviour, isTimeOut, isRefused ? [transfer_to, headers] : null]);
}

/** Every captured transfer, in the eras that are to be tested. */
export const transferCases: readonly TransferCase[] = ALL_ERAS.flatMap(casesIn);

/** What was captured of transfers on a call that behaves in this way; empty where nothing was. */
export function capturedTransfers(era: Era | null, behaviour: string): readonly CapturedAnswer[] {
  return (
    transferCases
      .filter((each) => each.era === era && each.behaviour === behaviour)
      .flatMap((each) => each.captured)
      // Requests that are refused before any REFER are made on calls that answer.
      .filter(({ status }) => behaviour !== 'answers' || status === 200)
  );
}

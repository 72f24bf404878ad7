/** Captured transfers, and the trunk and target in the sandbox that bring the same about. */
import type { CallerSeed, Seed, TrunkBehaviour } from '../../src/sandbox/seeds.ts';
import { type CapturedAnswer, captured, capturedAll } from './captured-answers.ts';

export interface TransferCase {
  answer: CapturedAnswer;
  /** The room that has this case's call, and nothing else. */
  room: string;
  identity: string;
  transferTo: string;
}

interface Scene {
  behaviour: TrunkBehaviour;
  answersAfterMs?: number;
  status?: CallerSeed['status'];
  /** Where to, when the target decides; otherwise what was captured. */
  transferTo?: string;
}

const ACCEPTED = 'REFER answered 202, ';
const HONOURS: Scene = { behaviour: 'honours-refer' };

/** Captured case (or how its name begins) to what happens on the trunk. */
const SCENES: readonly [name: string, scene: Scene][] = [
  [`${ACCEPTED}NOTIFY 100, then NOTIFY 200 after 1.5 s; peer waits for BYE`, HONOURS],
  ['REFER answered 405', { behaviour: { refuses: 405 } }],
  ['REFER answered 403', { behaviour: { refuses: 403 } }],
  ['REFER answered 603', { behaviour: { refuses: 603 } }],
  ['REFER answered 407', { behaviour: { refuses: 407 } }],
  [`${ACCEPTED}NOTIFY 100, then NOTIFY 486`, { ...HONOURS, transferTo: 'sip:486@pbx.company.com' }],
  [`${ACCEPTED}NOTIFY 100, then NOTIFY 603`, { ...HONOURS, transferTo: 'tel:+15105550603' }],
  [`${ACCEPTED}NOTIFY 100, then NOTIFY 480`, { ...HONOURS, transferTo: 'sips:480@pbx' }],
  [
    `${ACCEPTED}then the provider sends BYE with no final NOTIFY`,
    { behaviour: 'hangs-up-before-notify' },
  ],
  [`${ACCEPTED}no NOTIFY ever`, { behaviour: 'never-notifies' }],
  ['REFER never answered', { behaviour: 'never-answers' }],
  ['inbound call still ringing', { ...HONOURS, status: 'ringing' }],
  ['refused by the API before any REFER', HONOURS],
  [
    `${ACCEPTED}NOTIFY 200 only after 8 s (longer than ringing_timeout)`,
    { ...HONOURS, answersAfterMs: 8_000 },
  ],
  [
    `${ACCEPTED}no NOTIFY, the provider sends no audio: LiveKit's media time-out`,
    { behaviour: 'holds-without-audio' },
  ],
  [
    `${ACCEPTED}NOTIFY 200 after 1.5 s, and the provider hangs up at once itself`,
    { behaviour: 'hangs-up-after-notify' },
  ],
];

/** Every captured transfer, each with a call and a trunk of its own. */
export const transferCases: readonly TransferCase[] = SCENES.flatMap(([name, { transferTo }]) =>
  capturedAll(name).map((answer) => ({
    answer,
    transferTo: transferTo ?? answer.transfer_to ?? '',
  })),
).map((each, index) => ({ ...each, room: `case-${index}`, identity: `sip_${index}` }));

const scenes = SCENES.flatMap(([name, scene]) => capturedAll(name).map(() => scene));

export const transferSeed: Seed = {
  trunks: scenes.map(({ behaviour, answersAfterMs = 1_500 }, index) => ({
    id: `ST_case${index}`,
    name: `case ${index}`,
    direction: 'inbound',
    number: '+15550001111',
    hostname: 'sbc.example.net',
    behaviour,
    answersAfterMs,
  })),
  rooms: scenes.map(({ status = 'active' }, index) => ({
    name: `case-${index}`,
    participants: [
      {
        kind: 'caller',
        callId: `SCL_case${index}`,
        trunk: `ST_case${index}`,
        number: '+15105550142',
        identity: `sip_${index}`,
        status,
        age: 60,
      },
    ],
  })),
};

/** What GetParticipant says of somebody who is gone. */
export const GONE = captured('getparticipant missing');

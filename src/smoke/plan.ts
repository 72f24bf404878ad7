/** A test as it is to be run: complete, judged and printable, before anybody is asked to confirm it. */
import { type Call, hasCallId } from '../calls/call.ts';
import type { RunConfig } from '../config/settings.ts';
import type { TransferConfig } from '../config/types.ts';
import { DestinationError, PolicyError } from '../core/errors.ts';
import { emergencyIn } from '../destinations/address/dial-string.ts';
import { parsePhone } from '../destinations/address/phone.ts';
import {
  bareHost,
  needsTrunkList,
  placeTrunk,
  type TrunkFacts,
} from '../destinations/destination.ts';
import { emergencyCountries, judgePolicy } from '../destinations/policy.ts';
import { type ProviderName, providerOfHost } from '../destinations/providers.ts';
import type { Trunk } from '../livekit/messages.ts';
import type { OpenTransfer } from '../transfer/outcome.ts';
import { type PlanRequest, planFor, type Rules, type TransferPlan } from '../transfer/plan.ts';
import type { SmokeMethod, SmokeResult, SmokeVerdict, TestedMethod, TestName } from './result.ts';

// Whether two writings are one number: providers add and drop plus and country code.

/** Fewer digits than a national number has say too little. */
const FEWEST_DIGITS = 7;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** With its plus a number is complete: nothing but a prefix for calls abroad can stand before it. */
const isComplete = (text: string): boolean => text.trimStart().startsWith('+');
const PREFIXES = ['00', '011'];

/** @returns false when either is not known */
export function isSameNumber(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const [short, long] = [one, other].sort((a, b) => digitsOf(a).length - digitsOf(b).length) as [
    string,
    string,
  ];
  const digits = digitsOf(short);
  const more = digitsOf(long);
  if (digits === '') return one === other && one !== '';
  if (digits === more) return true;
  // A German +49 151 0555 0100 ends in all digits of an American +1 510 555 0100.
  if (isComplete(short)) return !isComplete(long) && PREFIXES.some((p) => more === p + digits);
  const national = digits.replace(/^0+/, '');
  return national.length >= FEWEST_DIGITS && more.endsWith(national);
}

/** What is known of a trunk without a call on it. */
export interface SmokeTrunk {
  id: string | null;
  name: string | null;
  host: string | null;
  transport: string | null;
  provider: ProviderName | null;
  numbers: readonly string[];
  /** false: known by its id alone, since the key may not list trunks. */
  isListed: boolean;
}

/** What is asked for. */
export interface SmokeRequest {
  /** Without the name of a trunk where only the call tells it. */
  name: TestName;
  transferMethod: TestedMethod;
  method: SmokeMethod;
  /** The trunk to dial over; null where nobody dials. */
  trunk: SmokeTrunk | null;
  /** The number that is dialled, or waited for; null for a call that is up. */
  number: string | null;
  /** A call that is up. */
  call: Call | null;
  /** The destination as typed; null in a bridge test, which moves nobody. */
  to: string | null;
  expected: SmokeVerdict | null;
  /** Whoever answers at the target hangs up by themselves. */
  endsItself: boolean;
}

export interface SmokeTest extends SmokeRequest {
  /** The trunk whose leg is transferred, as far as it is known yet. */
  tested: SmokeTrunk | null;
  wishes: PlanRequest;
  /** The transfer as it is foreseen; the real leg may tell more of its trunk. null: there is none. */
  foreseen: TransferPlan | null;
  /** The target is a number of ours: this one. */
  ourTarget: string | null;
  /** What is worth a word before it begins. */
  warnings: string[];
}

/**
 * Below this an unanswered REFER, which fails after 32 s (RFC 3261 §17.1.2.2, timer F), cannot be
 * told from a slow target.
 */
export const SHORTEST_SMOKE_WAIT_MS = 40_000;

/** Trunks as LiveKit lists them. */
export function smokeTrunk({ id, name, numbers, address, transport }: Trunk): SmokeTrunk {
  const host = address === null ? null : bareHost(address);
  const provider = host === null ? null : providerOfHost(host);
  return { id, name: name || null, host, transport, provider, numbers, isListed: true };
}

/** The call that will be transferred, as far as it can be foreseen. */
function foreseeCall({ method, number, trunk }: SmokeRequest, tested: SmokeTrunk | null): Call {
  const direction = method === 'outbound' ? 'outbound' : 'inbound';
  const other = direction === 'outbound' ? number : (trunk?.numbers[0] ?? null);
  const ours = direction === 'outbound' ? (trunk?.numbers[0] ?? null) : number;
  return {
    callId: '',
    room: '',
    roomSid: '',
    identity: '',
    name: '',
    phoneNumber: other,
    phoneNumberRaw: other,
    calledNumber: ours,
    direction,
    status: null,
    condition: 'unremarkable',
    conditionSince: null,
    stuck: false,
    transferable: false,
    recording: false,
    trunkId: tested?.id ?? null,
    ruleId: null,
    host: tested?.host ?? null,
    provider: tested?.provider ?? null,
    agent: null,
    joinedAt: null,
    ageSeconds: null,
  };
}

/** That the trunk is not known among those of the config is one of the facts. */
function factsOf(call: Call, tested: SmokeTrunk | null, config: TransferConfig): TrunkFacts {
  // A leg that is still to come will say its id; the name stands in LiveKit's list alone.
  const trunkId = hasCallId(call) ? call.trunkId : (call.trunkId ?? '');
  // A leg may come in by another trunk than was foreseen: then it has that trunk's name.
  const isForeseen = call.trunkId === null || tested?.id === call.trunkId;
  const known = isForeseen ? tested : null;
  const isUnknown = known?.isListed !== true && needsTrunkList(config, trunkId);
  return {
    id: call.trunkId ?? known?.id ?? null,
    name: known?.name ?? null,
    ...(isUnknown && {
      unplaced: { why: 'LiveKit’s list of trunks does not show it', cause: null },
    }),
    host: call.host,
    provider: call.provider,
    trunkNumber: call.calledNumber,
    callerNumber: call.phoneNumber,
    direction: call.direction,
  };
}

/**
 * Plans the transfer of a test's leg, with a wait that can tell an unanswered REFER apart. A test has
 * no fallback: it is about one target.
 * @param tested the trunk of the leg, for its name
 * @throws KnownError when the destination leads nowhere on this trunk, or may not be called
 */
export function planLeg(
  call: Call,
  tested: SmokeTrunk | null,
  { to, wishes }: { to: string; wishes: PlanRequest },
  rules: Rules,
  earlier: readonly OpenTransfer[],
): TransferPlan {
  const { plan } = planFor(call, to, factsOf(call, tested, rules.config), rules, wishes, earlier);
  const { request } = plan;
  return {
    ...plan,
    request: { ...request, waitMs: Math.max(request.waitMs, SHORTEST_SMOKE_WAIT_MS) },
  };
}

/** Trunks as far as they can be seen. */
export interface SeenTrunks {
  inbound: readonly SmokeTrunk[];
  outbound: readonly SmokeTrunk[];
}

/** The trunk of a call that is up. */
function trunkOfCall(call: Call, trunks: SeenTrunks): SmokeTrunk | null {
  const list = trunks[call.direction];
  const { id } = placeTrunk(call, list);
  return list.find((trunk) => id !== null && trunk.id === id) ?? null;
}

/**
 * Completes a test.
 * @throws KnownError when the destination leads nowhere, or may not be called
 */
export function planSmoke(
  wish: SmokeRequest,
  trunks: SeenTrunks,
  wishes: Omit<PlanRequest, 'fallback' | 'again'>,
  rules: Rules,
): SmokeTest {
  const { method, trunk, number } = wish;
  const { inbound } = trunks;
  const ofNumber = (wanted: string | null) =>
    inbound.find(({ numbers }) => numbers.some((each) => isSameNumber(each, wanted))) ?? null;
  const ofCall = wish.call === null ? ofNumber(number) : trunkOfCall(wish.call, trunks);
  const tested = method === 'outbound' ? trunk : ofCall;
  const full: PlanRequest = { ...wishes, fallback: [], again: false };
  const call = wish.call ?? foreseeCall(wish, tested);
  const { to, transferMethod } = wish;
  const foreseen = to === null ? null : planLeg(call, tested, { to, wishes: full }, rules, []);
  const target = foreseen?.destination.number ?? null;
  const isOurs = target !== null && ofNumber(target) !== null;
  const isUnlisted = method === 'loop' && inbound.length > 0 && tested === null;
  const isOwn = method === 'outbound' && ofNumber(number) !== null;
  return {
    ...wish,
    name: { ...wish.name, trunk: wish.name.trunk || nameTrunk(tested) },
    tested,
    wishes: full,
    foreseen,
    ourTarget: isOurs ? target : null,
    warnings: [
      ...(foreseen?.destination.warnings ?? []),
      ...(isUnlisted ? [`${number} belongs to no inbound trunk`] : []),
      ...(isOwn
        ? [
            transferMethod === 'bridge'
              ? `${number} is a number of ours: the test call comes in there like the call of a caller`
              : `${number} is a number of ours, and the call that comes in there is not ended: use --loop`,
          ]
        : []),
    ],
  };
}

/**
 * The rules of a test: as of any transfer, but a trunk that the config holds for one without REFER
 * (`refer: false`) is tested all the same, to find out whether it still is.
 */
export function rulesForTests({ config, settings }: Rules): Rules {
  const trunks = Object.entries(config.trunks ?? {}).map(
    ([key, { refer: _, ...trunk }]) => [key, trunk] as const,
  );
  return { config: { ...config, trunks: Object.fromEntries(trunks) }, settings };
}

/** The trunk as people know it. */
export function nameTrunk(
  trunk: Pick<SmokeResult['trunk'], 'id' | 'name' | 'host'> | null,
): string {
  return trunk?.name ?? trunk?.id ?? trunk?.host ?? 'unknown trunk';
}

/** A trunk, in the field names of the JSON output. */
export function trunkRecord(trunk: SmokeTrunk | null): SmokeResult['trunk'] {
  const { id = null, name = null, host = null, provider = null } = trunk ?? {};
  return { id, name, host, provider };
}

// The number that a test dials: read, and judged, since a test call costs and reaches people too.

/** An extension of a PBX, whose trunk takes it as it is. */
const EXTENSION = /^\d{2,6}$/;

/**
 * Reads a number to dial.
 * @param text a phone number in any usual writing, or an extension
 * @param typed somebody typed it: then it is bound to the countries and departments of the policy,
 *   as a typed destination is. What the config names itself is not
 * @returns E.164 with its plus, or the extension
 * @throws DestinationError when it is neither; PolicyError for emergency and premium numbers
 */
export function readTestNumber(text: string, config: RunConfig, typed: boolean): string {
  const written = text.trim();
  const country = config.defaultCountry ?? null;
  const digits = written.replace(/[^\d+]/g, '');
  const known = emergencyCountries(config, country);
  const emergency = emergencyIn(digits, known.length === 0 && typed ? 'any' : known);
  if (emergency !== null) {
    throw new PolicyError(`${emergency.number} is an emergency number: a test never dials it`);
  }
  if (/^(?:sips?|tel):/i.test(written)) {
    throw new DestinationError(`"${written}" is an address, and a test dials a number`, {
      hint: 'Write it as +15105550177, or as an extension of the trunk.',
    });
  }
  const phone = EXTENSION.test(written) ? null : parsePhone(written, country);
  const number = phone?.e164 ?? written;
  const { premium } = config.policy ?? {};
  judgePolicy(typed ? config : { policy: { premium } }, {
    referTo: `sip:${number}@test.invalid`,
    department: null,
    country,
    phone,
    via: null,
  });
  return number;
}

/** Whether a LiveKit answers, whether it takes the key, and what it lets the key do. */
import { type ConfigError, exitCodeOf, isKnownError, type KnownError } from '../../core/errors.ts';
import { type Grants, mintToken } from '../../livekit/client.ts';
import type { Credentials } from '../../livekit/credentials.ts';
import { isDenial, judgeAnswerer, readFailure } from '../../livekit/failures.ts';
import type { HttpAnswer, HttpOutcome, Transport } from '../../livekit/transport.ts';
import { readTwirpError } from '../../livekit/twirp.ts';
import { type CheckId, type CheckResult, check, problemNote } from './check.ts';

// What config and credentials come to, as they were found or not.

export interface ConfigFound {
  /** null: there is none. */
  file: string | null;
  /** The example that the package ships. */
  bundled: boolean;
  /** Config files in its folder that nobody reads, since it comes first. */
  ignored: readonly string[];
}

/** @param config what was found, or why it cannot be used */
export function checkConfigFile(config: ConfigFound | KnownError): CheckResult {
  if (isKnownError(config)) {
    const problems = (config as Partial<ConfigError>).problems ?? [];
    return check('config', 'failed', config.message, {
      notes: problems.map(problemNote),
      hint: config.hint,
      exitCode: config.exitCode,
    });
  }
  if (config.file === null) {
    return check(
      'config',
      'warning',
      'none found: there are no departments, only numbers and URIs',
      {
        hint: 'Write one with `lk-transfer config init`, or name one with --config.',
      },
    );
  }
  const example = config.bundled ? ' (the example that comes with lk-transfer)' : '';
  const detail = `${config.file} is valid${example}`;
  if (config.ignored.length === 0) return check('config', 'ok', detail);
  return check('config', 'warning', detail, {
    notes: config.ignored.map((file) => `${file} is ignored: the other file is used`),
    hint: 'Remove the file that is not used, so that nobody edits it by mistake.',
  });
}

/** @param found the key and its source, or why there are none; null when nobody could look */
export function checkCredentials(
  found: { apiKey: string; source: string } | KnownError | null,
): CheckResult {
  if (found === null) {
    return check(
      'credentials',
      'skipped',
      'only the config could name some, and it cannot be used',
    );
  }
  return isKnownError(found)
    ? check('credentials', 'failed', found.message, { hint: found.hint, exitCode: found.exitCode })
    : check('credentials', 'ok', `key ${found.apiKey} and its secret, from: ${found.source}`);
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** @param found the origin, or why there is none; null when nobody could look */
export function checkUrl(found: string | KnownError | null): CheckResult {
  if (found === null) return check('url', 'skipped', 'it is part of the credentials');
  if (isKnownError(found)) {
    return check('url', 'failed', found.message, { hint: found.hint, exitCode: found.exitCode });
  }
  const { protocol, hostname } = new URL(found);
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return check('url', 'ok', found);
  return check('url', 'warning', `${found}: tokens and phone numbers are sent unencrypted`, {
    hint: 'Use wss:// or https:// if the server has TLS, or use a private network.',
  });
}

// Reads that show what a key may do: one for each grant that a read can prove. Each is asked once,
// by a token that holds this grant alone, and its answer is handed on as it came.

export type ProbedRead = 'rooms' | 'participants' | 'inboundTrunks' | 'outboundTrunks';

export interface Probe {
  outcome: HttpOutcome;
  /** How long the answer took, in ms. */
  ms: number;
  /** How far the server's clock is ahead of ours, in ms (negative: behind); null when it is not told. */
  clockAheadMs: number | null;
}

/**
 * A room that is not there: permission is asked before the room is looked for, so an empty answer
 * proves the grant, and no real room is looked into.
 */
const NO_ROOM = 'lk-transfer-doctor-looks-here';

const READS: Readonly<Record<ProbedRead, { method: string; body: object; grants: Grants }>> = {
  rooms: {
    method: 'RoomService/ListRooms',
    body: { names: [NO_ROOM] },
    grants: { video: { roomList: true } },
  },
  participants: {
    method: 'RoomService/ListParticipants',
    body: { room: NO_ROOM },
    grants: { video: { roomAdmin: true, room: NO_ROOM } },
  },
  inboundTrunks: { method: 'SIP/ListSIPInboundTrunk', body: {}, grants: { sip: { admin: true } } },
  outboundTrunks: {
    method: 'SIP/ListSIPOutboundTrunk',
    body: {},
    grants: { sip: { admin: true } },
  },
};

/** The Date header has whole seconds: on average it lags half of one (RFC 9110 §6.6.1). */
const HALF_A_SECOND = 500;

/**
 * Asks one of the reads.
 * @param now the clock that is compared with the server's, in ms since 1970
 */
export async function probe(
  read: ProbedRead,
  credentials: Credentials,
  transport: Transport,
  { timeoutMs, now }: { timeoutMs: number; now(): number },
): Promise<Probe> {
  const { method, body, grants } = READS[read];
  const token = await mintToken(credentials, grants);
  const asked = now();
  const start = performance.now();
  let clockAheadMs: number | null = null;
  const outcome = await transport.post(`/twirp/livekit.${method}`, body, {
    token,
    timeoutMs,
    onHeaders: ({ date }) => {
      const serverTime = Date.parse(date ?? '');
      // The server looked at its clock somewhere between the question and the answer.
      const ours = asked + (performance.now() - start) / 2;
      if (!Number.isNaN(serverTime)) clockAheadMs = Math.round(serverTime + HALF_A_SECOND - ours);
    },
  });
  return { outcome, ms: Math.round(performance.now() - start), clockAheadMs };
}

export type Probes = Readonly<Record<ProbedRead, Probe>>;

/** Whom the probes asked. */
export interface ProbedProject {
  host: string;
  apiKey: string;
}

/** LiveKit's own words for a grant that is missing; a key it does not take is told otherwise. */
export function lacksGrant(answer: HttpAnswer): boolean {
  return isDenial(answer) && answer.body.includes('permissions denied');
}

/** Judges the answer to a question for rooms: whether it is LiveKit that answers. */
export function checkApi({ outcome, ms }: Probe, asked: ProbedProject): CheckResult {
  if (outcome.kind === 'answer' && judgeAnswerer(outcome) === 'livekit') {
    return check('http', 'ok', `${asked.host} answers (${ms} ms)`);
  }
  const { message, hint, exitCode } = readFailure(outcome, { ...asked, what: 'an answer' });
  // Whoever it is may be known by the type of its answer; LiveKit names a region in its own words.
  const isStranger =
    outcome.kind === 'answer' && exitCode === exitCodeOf['wrong-url'] && outcome.httpStatus !== 451;
  const notes = isStranger
    ? [`it answered HTTP ${outcome.httpStatus}, ${outcome.contentType || 'of no type'}`]
    : [];
  return check('http', 'failed', message, { hint, notes, exitCode });
}

/** @param probes of which any may have been answered */
export function checkKey(probes: Probes, asked: ProbedProject): CheckResult {
  const answers = Object.values(probes).flatMap(({ outcome }) =>
    outcome.kind === 'answer' ? [outcome] : [],
  );
  if (answers.some((answer) => answer.httpStatus === 200 || lacksGrant(answer))) {
    return check('key', 'ok', `${asked.host} accepts ${asked.apiKey}`);
  }
  const denial = answers.find(isDenial);
  if (denial === undefined) {
    return check('key', 'not-checked', 'the server’s answers do not show it');
  }
  const { message, hint, exitCode } = readFailure(denial, { ...asked, what: 'an answer' });
  return check('key', 'failed', message, { hint, exitCode });
}

interface ProvenGrant {
  id: CheckId;
  read: ProbedRead;
  /** What was read. */
  proof: string;
  /** What does not work without it. */
  without: string;
  /** Everything else works without it. */
  dispensable?: boolean;
}

const PROVEN: readonly ProvenGrant[] = [
  {
    id: 'grant-room-list',
    read: 'rooms',
    proof: 'proven by a list of rooms',
    without: 'rooms cannot be listed, so callers cannot be found',
  },
  {
    id: 'grant-room-admin',
    read: 'participants',
    proof: 'proven by the participants of a room',
    without: 'callers can be neither seen nor transferred',
  },
  {
    id: 'grant-sip-admin',
    read: 'inboundTrunks',
    proof: 'proven by the list of inbound trunks',
    without: 'trunks and their names cannot be seen; transfers still work',
    dispensable: true,
  },
];

const ASK_FOR = 'Use a key of the project that may do this, or allow it on the server.';

/**
 * Judges each grant by the read that needs it. Tokens are made here and carry every grant, so only a
 * server that restricts a key can take one away; where no read needs a grant, nobody knows.
 */
export function checkGrants(probes: Probes): CheckResult[] {
  const proven = PROVEN.map(({ id, read, proof, without, dispensable = false }) => {
    const { outcome } = probes[read];
    if (outcome.kind === 'answer') {
      const passed = outcome.httpStatus === 200 || readTwirpError(outcome)?.code === 'not_found';
      if (passed) return check(id, 'ok', proof);
      if (lacksGrant(outcome)) {
        return check(id, dispensable ? 'warning' : 'failed', `refused: ${without}`, {
          hint: ASK_FOR,
          exitCode: 4,
        });
      }
    }
    return check(id, 'not-checked', `LiveKit did not say (${inShort(outcome)})`);
  });
  return [
    ...proven,
    check('grant-sip-call', 'not-checked', 'only a transfer or a dialled call needs it', {
      notes: ['lk-transfer puts it into every token that needs it'],
    }),
    check('grant-room-create', 'not-checked', 'only the clean-up of a smoke test needs it'),
  ];
}

function inShort(outcome: Probe['outcome']): string {
  if (outcome.kind === 'failure') return outcome.code;
  const twirp = readTwirpError(outcome);
  return twirp === null ? `HTTP ${outcome.httpStatus}` : `${twirp.code}: ${twirp.message}`;
}

/** Requests that never became a REFER: why, and what to do. */
import { callIdOf } from '../../calls/call.ts';
import { shellWord } from '../../core/text.ts';
import { serverBehind } from '../../livekit/failures.ts';
import { targetBeside } from '../bridge/dial-plan.ts';
import type { Cause } from '../outcome.ts';
import { type Finding, USE_BRIDGE } from './advice.ts';
import {
  describeUnderWay,
  nameOpenTransfers,
  openTransferTargets,
  type TransferFacts,
} from './facts.ts';

/** Finds the words for a request that never became a REFER. */
export function notSentWords(facts: TransferFacts): Finding {
  return FINDINGS[facts.classification.cause]?.(facts) ?? turnedAway(facts);
}

const LOOK = 'See who is on the line with `lk-transfer calls`.';

/** LiveKit's text says which part of the credentials it is. */
export function aboutCredentials({ classification }: TransferFacts): Finding {
  const { message } = classification.livekit;
  const action = 'fix-credentials';
  if (/expired|not valid yet/.test(message)) {
    return {
      meaning: 'LiveKit says that our access token is expired or not yet valid',
      hint: 'The clock of this machine and the server’s differ by minutes: set the clock.',
      action,
    };
  }
  if (message.includes('signature is invalid')) {
    return {
      meaning: 'LiveKit says that the secret of the API key is wrong',
      hint: 'Copy key and secret again, both from the same project.',
      action,
    };
  }
  return {
    meaning: 'LiveKit does not accept the API key or its secret',
    hint: 'Check that URL, key and secret come from the same project, and the clock of this machine.',
    action,
  };
}

/** A redirect was answered, which no transfer follows: the request goes to one address, once. */
function aboutRedirect({ classification }: TransferFacts): Finding {
  const { httpStatus, redirectsTo } = classification.livekit;
  const meaning = `the answer redirects to ${redirectsTo ?? 'somewhere else'} (HTTP ${httpStatus}), and a transfer never follows a redirect`;
  const server = serverBehind(redirectsTo);
  if (server !== null) {
    const hint = `If that is your LiveKit, use ${server} as LIVEKIT_URL or --url.`;
    return { meaning, hint, action: 'fix-credentials' };
  }
  return {
    meaning,
    hint: 'A portal or proxy in front of LiveKit does this to ask for a login. Let this machine through it, and check LIVEKIT_URL or --url.',
    action: 'fix-request',
  };
}

/** One that is under way will tell by itself how it ends; of any other, only its target can. */
function aboutOpenTransfers({ openTransfers = [] }: TransferFacts): Finding {
  const ended = openTransfers.filter(({ underWay }) => underWay === null);
  const going = openTransfers.filter(({ underWay }) => underWay !== null);
  const targets = openTransferTargets({ openTransfers: ended });
  const process = going.at(-1)?.underWay ?? null;
  if (process === null) {
    return {
      meaning: `an earlier transfer of this call${nameOpenTransfers({ openTransfers })} is still open (outcome not known)`,
      hint: `Ask at ${targets} whether the call arrived. If you know that it did not, add --again to send another.`,
      action: 'ask-target',
    };
  }
  const meaning = `an earlier transfer of this call${nameOpenTransfers({ openTransfers: going })} is ${describeUnderWay(process)}`;
  const hint = 'Wait until it ends, then look with `lk-transfer calls`.';
  if (ended.length === 0) return { meaning, hint, action: 'wait' };
  return {
    meaning: `${meaning}. How ${ended.length === 1 ? 'another' : `${ended.length} others`} ended is not known`,
    hint: `${hint} Ask at ${targets} whether the call arrived there.`,
    action: 'wait',
  };
}

/** With an earlier transfer open, its target is asked before anything else is done. */
export function askFirst(facts: TransferFacts, finding: Finding): Finding {
  // It has been said there.
  if (finding.action === 'ask-target' || facts.classification.cause === 'open-transfer') {
    return finding;
  }
  const first = `First ask at ${openTransferTargets(facts)}: the caller may be there.`;
  return { ...finding, hint: `${first} ${finding.hint}`, action: 'ask-target' };
}

const FINDINGS: Partial<Record<Cause, (facts: TransferFacts) => Finding>> = {
  credentials: aboutCredentials,
  permission: () => ({
    meaning: 'the API key may not transfer calls',
    hint: 'Use a key of this project that may: a token needs SIP call rights (sip.call) and admin rights for the room (roomAdmin).',
    action: 'fix-credentials',
  }),
  redirected: aboutRedirect,
  intercepted: ({ classification }) => ({
    meaning: `something in front of LiveKit (a portal, a proxy or a firewall) rejected the request (HTTP ${classification.livekit.httpStatus})`,
    hint: 'Check LIVEKIT_URL or --url, and whether this machine may send such requests to it.',
    action: 'fix-request',
  }),
  'bad-address': ({ destination }) => ({
    meaning: `LiveKit does not take ${destination.referTo} as an address`,
    hint: 'An address starts with sip:, sips: or tel:, in small letters.',
    action: 'fix-address',
  }),
  'bad-header': ({ classification }) => ({
    meaning: `LiveKit does not take a header: ${quoteForeignText(classification.livekit.message)}`,
    hint: 'Referred-By, Diversion, User-to-User and X- headers are allowed.',
    action: 'fix-request',
  }),
  'caller-gone': () => ({
    meaning: 'the caller left before the transfer was asked for',
    hint: LOOK,
    action: 'look',
  }),
  'not-sip': () => ({
    meaning:
      'this participant is not a SIP call (a telephone call), so there is nothing to transfer',
    hint: LOOK,
    action: 'look',
  }),
  'no-sip-service': () => ({
    meaning: 'LiveKit’s SIP service did not answer (it is down, or it has lost this call)',
    hint: 'Check the SIP service (the part of LiveKit that holds telephone calls), then try again.',
    action: 'retry-later',
  }),
  'not-answered-yet': ({ call: { callId, direction }, method }) => {
    if (direction !== 'inbound') {
      return {
        meaning: 'nobody has answered the call yet, and LiveKit can only transfer an answered call',
        hint: 'Wait until it is answered: `lk-transfer calls` shows it as active then.',
        action: 'wait',
      };
    }
    const rescue = `Request an agent, whose audio answers the call: \`lk-transfer rescue ${shellWord(callId)}\`.`;
    const silence =
      'the dial then answers the caller at once, and they wait in silence until the target answers.';
    return method === 'bridge'
      ? {
          meaning: 'nobody has answered the call yet',
          hint: `${rescue} Or add --answer-caller: ${silence}`,
          action: 'answer-call',
        }
      : {
          meaning: 'the call is not answered yet, and LiveKit can only transfer an answered call',
          hint: `${rescue} Or add --method bridge and --answer-caller: ${silence}`,
          action: 'answer-call',
        };
  },
  'hanging-up': () => ({ meaning: 'the call is being hung up', hint: LOOK, action: 'look' }),
  'no-call-id': () => ({
    meaning: 'LiveKit gives no call id (sip.callID) for this participant, and cannot transfer it',
    hint: `The call does not come from LiveKit’s SIP service, or comes from an old version of it. ${LOOK}`,
    action: 'look',
  }),
  'status-unknown': () => ({
    meaning:
      'LiveKit does not say whether the call is active, and can only transfer an active call',
    hint: 'Right after a call comes in this is normal for a moment: try again.',
    action: 'retry-soon',
  }),
  'already-transferring': () => ({
    meaning: 'a transfer of this call to somewhere else is already under way',
    hint: 'Wait until it ends, then look with `lk-transfer calls`.',
    action: 'wait',
  }),
  'open-transfer': aboutOpenTransfers,
  'is-target': ({ call: { callId } }) => ({
    meaning: 'this is the target of a bridge, and no caller',
    hint: `Name the caller. To hang up on it: \`lk-transfer hangup ${shellWord(callId)}\`. With --again it is transferred as a caller is.`,
    action: 'look',
  }),
  'target-in-room': ({ call, room }) => {
    const target = targetBeside(call.callId, room ?? []);
    const hangUp =
      target === undefined
        ? ''
        : ` If nobody needs that call, hang up on it: \`lk-transfer hangup ${shellWord(callIdOf(target) ?? target.identity)}\`.`;
    return {
      meaning: 'another target already rings or talks in the caller’s room',
      hint: `Ask who dialled it.${hangUp} With --again a second target is dialled.`,
      action: 'look',
    };
  },
  'livekit-number': () => ({
    meaning: 'LiveKit’s own phone numbers cannot transfer calls yet',
    hint: `On such a number, ${USE_BRIDGE} For cold transfers, take calls in on the SIP trunk of a provider.`,
    action: 'bridge',
    warmTransfer: true,
    provider: 'livekit',
  }),
  'wrong-url': ({ classification }) =>
    classification.livekit.httpStatus === 451
      ? {
          meaning: 'this LiveKit server does not serve the project: it is pinned to another region',
          hint: 'Use the URL that LiveKit shows for the project, not that of a region.',
          action: 'fix-credentials',
        }
      : {
          meaning: 'the server that answered is not this project’s LiveKit server',
          hint: 'Check LIVEKIT_URL or --url: use the URL that LiveKit shows for the project. Add the path if LiveKit is served under one.',
          action: 'fix-credentials',
        },
  unreachable: ({ classification: { livekit } }) =>
    livekit.code?.startsWith('PROXY_')
      ? {
          meaning: `LiveKit could not be reached: ${livekit.message}`,
          hint: 'See with `lk-transfer doctor` which proxy is used, and whether it reaches LiveKit.',
          action: livekit.code === 'PROXY_LOGIN' ? 'fix-credentials' : 'retry-soon',
        }
      : {
          meaning: `LiveKit could not be reached: ${failedConnection(livekit.code)}`,
          hint: 'Check the network and LIVEKIT_URL or --url, then try again.',
          action: 'retry-soon',
        },
};

/** LiveKit rejected it with a status that has no words of its own. */
function turnedAway({ classification }: TransferFacts): Finding {
  const { httpStatus, message } = classification.livekit;
  if (httpStatus === 429) {
    return {
      meaning: 'LiveKit rejected the request (HTTP 429: too many requests)',
      hint: 'Nothing has reached the trunk. Try again in a moment.',
      action: 'retry-soon',
    };
  }
  return {
    meaning: `LiveKit rejected the request (HTTP ${httpStatus}${message === '' ? '' : `: ${quoteForeignText(message)}`})`,
    hint: 'Nothing has reached the trunk, and the same request will be rejected again. See what goes out with `lk-transfer transfer --dry-run`.',
    action: 'fix-request',
  };
}

/** Why there was no connection, with the system's word for it behind. */
function failedConnection(code: string | null): string {
  return code === null ? 'the reason is not known' : `${meaningOf(code)} (${code})`;
}

function meaningOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing answers at its address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (code === 'CONNECT_TIMEOUT') return 'no connection was made in time';
  if (code === 'TIMEOUT' || code === 'ETIMEDOUT') return 'it did not answer in time';
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|WRONG_VERSION/.test(code)) {
    return 'no secure connection could be made';
  }
  return 'the connection failed';
}

/** How much of a foreign text a sentence bears. */
const QUOTE_LENGTH = 160;

/** A foreign text on one line, without its full stop. */
export function quoteForeignText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

/** A target was dialled by a program that is no longer running. @param isUp it has answered */
export function leftoverWords(target: string, isUp: boolean): string {
  return `${target} was dialled into the caller’s room by a program that is no longer running. ${targetNow(isUp)}`;
}

/** A target was dialled by somebody else. @param isUp it has answered */
export function besideWords(target: string, isUp: boolean): string {
  return `Somebody else has dialled ${target} into the caller’s room. ${targetNow(isUp)}`;
}

const targetNow = (isUp: boolean) =>
  `The target has ${isUp ? 'answered, and talks with the caller' : 'not answered'}.`;

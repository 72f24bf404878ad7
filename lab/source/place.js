/** Brings a behaviour about on a real LiveKit, and takes all of it away again. */
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rooms, sip } from './api.js';
import { startOwnService } from './own-service.js';
import { HOST, LAB } from './settings.js';
import { startSipp } from './sipp.js';

const CALLER = '+15105550142';
const TARGET = '+15105550177';
/** Longer than any test: a call that is forgotten ends all the same. */
const LONGEST_CALL_S = 600;
const UP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 150;
/** SIPp answers LiveKit's BYE in this time, and is gone. */
const ENDS_WITHIN_MS = 1_500;

/** What ends the call and takes away what was made for it, the last made first. */
export class Undo {
  /** @type {(() => Promise<unknown>)[]} */ #steps = [];

  /** @param {() => Promise<unknown>} step */
  add(step) {
    this.#steps.push(step);
  }

  /** Goes on after a step that fails, and throws the first failure at the end. */
  async run() {
    const failures = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** A number of nobody: trunks of several calls at once must not be taken for one another. */
const ownNumber = () => `+1999${String(randomInt(10 ** 7)).padStart(7, '0')}`;

/** @param {unknown} error */
const isGone = (error) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'not_found';

/** @param {Promise<unknown>} work what is gone already need not be taken away */
const unlessGone = (work) =>
  work.catch((error) => {
    if (!isGone(error)) throw error;
  });

/**
 * @typedef {object} Job
 * @property {string} name of the room, the trunks, the rule
 * @property {string} folder of this call's files
 * @property {Undo} undo
 */

/**
 * @param {import('./behaviours.js').Call | import('./behaviours.js').Trunk} behaviour
 * @param {Undo} undo
 * @returns {Promise<Record<string, string>>} what is printed of it
 */
export async function place(behaviour, undo) {
  const name = `lab-${process.pid}-${randomInt(36 ** 6).toString(36)}`;
  const folder = await mkdtemp(join(tmpdir(), `lk-transfer-${name}-`));
  undo.add(() => rm(folder, { recursive: true, force: true }));
  const job = { name, folder, undo };
  if (behaviour.makes === 'trunk') return placeTrunk(behaviour, job);
  const { outbound = false, dials } = behaviour;
  const call = outbound ? await placeOutbound(behaviour, job) : await placeInbound(behaviour, job);
  if (dials === undefined) return call;
  const { trunkId, sippLog } = await outboundTrunk(dials, job);
  return { ...call, trunkId, callTo: TARGET, targetLog: sippLog };
}

/**
 * @param {import('./behaviours.js').Trunk} behaviour
 * @param {Job} job
 */
async function placeTrunk({ sipp, login }, job) {
  if (sipp === null) return { trunkId: await inboundTrunk(ownNumber(), job), phoneNumber: TARGET };
  const { trunkId, sippLog } = await outboundTrunk(sipp, job, login);
  return { trunkId, phoneNumber: TARGET, sippLog };
}

/**
 * @param {import('./behaviours.js').Call} behaviour
 * @param {Job} job
 */
async function placeInbound({ sipp, publisher = null, status = 'active', freezes }, job) {
  const called = ownNumber();
  const speak = await makeRoom(publisher, job);
  const trunkId = await inboundTrunk(called, job);
  const { sipDispatchRuleId } = await sip.createSipDispatchRule(
    { type: 'direct', roomName: job.name, pin: '' },
    { name: job.name, trunkIds: [trunkId] },
  );
  job.undo.add(() => unlessGone(sip.deleteSipDispatchRule(sipDispatchRuleId)));
  const { folder, undo } = job;
  const own = freezes ? await startOwnService(trunkId, undo) : null;
  const keys = { called, caller: CALLER };
  const caller = await startSipp('caller', sipp, { folder, keys, calls: own?.address });
  undo.add(() => caller.end(ENDS_WITHIN_MS));
  undo.add(() => unlessGone(rooms.deleteRoom(job.name)));
  // One after the other: LiveKit loses the second of two changes of the status that come at once.
  const ringing = await untilUp(job.name, 'ringing', caller);
  if (status === 'ringing') return { ...ringing, sippLog: caller.log };
  speak();
  const up = await untilUp(job.name, status, caller);
  own?.freeze();
  return { ...up, sippLog: caller.log };
}

/**
 * @param {import('./behaviours.js').Call} behaviour
 * @param {Job} job
 */
async function placeOutbound({ sipp, dtmf, publisher = null, status = 'active' }, job) {
  await makeRoom(publisher, job);
  const { trunkId, trunk, sippLog } = await outboundTrunk(sipp, job);
  job.undo.add(() => unlessGone(rooms.deleteRoom(job.name)));
  await sip.createSipParticipant(trunkId, CALLER, job.name, {
    participantIdentity: `sip_${CALLER}`,
    participantName: `Phone ${CALLER}`,
    maxCallDuration: LONGEST_CALL_S,
    ringingTimeout: 80,
    ...(dtmf !== undefined && { dtmf }),
  });
  return { ...(await untilUp(job.name, status, trunk)), sippLog };
}

/**
 * @param {'agent' | 'standard' | null} publisher who is in it
 * @param {Job} job
 * @returns {Promise<() => void>} what has them publish audio, which answers a call that comes in
 */
async function makeRoom(publisher, { name, undo }) {
  await rooms.createRoom({ name, emptyTimeout: 60 });
  undo.add(() => unlessGone(rooms.deleteRoom(name)));
  if (publisher === null) return () => {};
  const words = [name, `${publisher}-1`, publisher];
  const child = fork(join(LAB, 'source', 'publisher.js'), words, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  undo.add(async () => {
    child.kill('SIGKILL');
  });
  const end = once(child, 'exit').then(() => {
    throw new Error('Whoever was to speak in the room has ended');
  });
  await Promise.race([once(child, 'message'), end]);
  end.catch(() => {});
  return () => {
    child.send('speak');
  };
}

/**
 * @param {string} number
 * @param {Job} job
 */
async function inboundTrunk(number, { name, undo }) {
  const { sipTrunkId } = await sip.createSipInboundTrunk(name, [number]);
  undo.add(() => unlessGone(sip.deleteSipTrunk(sipTrunkId)));
  return sipTrunkId;
}

/**
 * @param {import('./scenario.js').Values} sipp
 * @param {Job} job
 * @param {import('./behaviours.js').Trunk['login']} [login]
 */
async function outboundTrunk(sipp, { name, folder, undo }, login) {
  const trunk = await startSipp('trunk', sipp, { folder });
  undo.add(() => trunk.end(0));
  const address = `${HOST}:${trunk.port}`;
  const { sipTrunkId } = await sip.createSipOutboundTrunk(name, address, [ownNumber()], {
    transport: 1,
    ...(login && { authUsername: login.username, authPassword: login.password }),
  });
  undo.add(() => unlessGone(sip.deleteSipTrunk(sipTrunkId)));
  return { trunkId: sipTrunkId, trunk, sippLog: trunk.log };
}

/**
 * @param {string} room
 * @param {string} status
 * @param {import('./sipp.js').Sipp} sipp
 */
async function untilUp(room, status, sipp) {
  const deadline = performance.now() + UP_WITHIN_MS;
  let seen = 'nobody';
  while (performance.now() < deadline) {
    if (sipp.hasEnded) break;
    for (const { identity, attributes } of await rooms.listParticipants(room)) {
      const callId = attributes['sip.callID'];
      if (callId === undefined) continue;
      seen = attributes['sip.callStatus'] ?? 'unknown';
      if (seen === status) return { room, identity, callId, phoneNumber: CALLER };
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(
    `No call with status ${status} came up, but ${seen}. SIPp ${sipp.hasEnded ? 'has ended' : 'runs'}`,
  );
}

/** Resolves when standard input closes, or somebody ends the program. */
export async function untilToldToEnd() {
  process.stdin.resume();
  await Promise.race([
    once(process.stdin, 'close'),
    once(process.stdin, 'end'),
    once(process, 'SIGINT'),
    once(process, 'SIGTERM'),
  ]);
}

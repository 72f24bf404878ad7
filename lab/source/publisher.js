/**
 * Somebody in a room who publishes audio, so that a call that comes in is answered. A process of its
 * own: @livekit/rtc-node logs to standard output. It is run with the room, the identity and the kind of
 * participant, says over the channel to its parent that it is there, speaks when it is sent a word, and
 * leaves when the channel closes.
 */
import { once } from 'node:events';
import {
  AudioFrame,
  AudioSource,
  dispose,
  LocalAudioTrack,
  Room,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { livekit } from './settings.js';

const RATE = 8_000;
const FRAME_MS = 100;
const SAMPLES = (RATE * FRAME_MS) / 1000;

const [room = '', identity = '', kind = 'standard'] = process.argv.slice(2);
const { url, apiKey, apiSecret } = livekit;
const token = new AccessToken(apiKey, apiSecret, { identity });
token.kind = kind;
token.addGrant({ room, roomJoin: true, canPublish: true, agent: kind === 'agent' });
const connection = new Room();
await connection.connect(url.replace(/^http/, 'ws'), await token.toJwt(), {
  autoSubscribe: false,
  dynacast: false,
});

/** A tone that is too quiet to hear, until it is time to leave. */
async function speak() {
  const source = new AudioSource(RATE, 1);
  const track = LocalAudioTrack.createAudioTrack('voice', source);
  const options = new TrackPublishOptions();
  options.source = TrackSource.SOURCE_MICROPHONE;
  await connection.localParticipant?.publishTrack(track, options);
  const samples = Int16Array.from({ length: SAMPLES }, (_, index) => (index % 20 < 10 ? 8 : -8));
  while (!leaves) await source.captureFrame(new AudioFrame(samples, RATE, 1, SAMPLES));
}

let leaves = false;
const told = once(process, 'disconnect').then(() => {
  leaves = true;
});
process.once('message', speak);
process.send?.('here');
await told;
await connection.disconnect();
await dispose();
process.exit();

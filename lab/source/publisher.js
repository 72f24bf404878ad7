/**
 * Somebody in a room who publishes audio, so that a call that comes in is answered. A process of its
 * own: @livekit/rtc-node logs to standard output. It is run with the room, the identity and the kind of
 * participant, says over the channel to its parent when it is heard, and leaves when that closes.
 */
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
const source = new AudioSource(RATE, 1);
const track = LocalAudioTrack.createAudioTrack('voice', source);
const options = new TrackPublishOptions();
options.source = TrackSource.SOURCE_MICROPHONE;
await connection.localParticipant?.publishTrack(track, options);
// Too quiet to hear.
const samples = Int16Array.from({ length: SAMPLES }, (_, index) => (index % 20 < 10 ? 8 : -8));

let leaves = false;
process.once('disconnect', () => {
  leaves = true;
});
process.send?.('heard');
while (!leaves) await source.captureFrame(new AudioFrame(samples, RATE, 1, SAMPLES));
await connection.disconnect();
await dispose();
process.exit();

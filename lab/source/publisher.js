/**
 * Somebody in a room who publishes audio, so that a call that comes in is answered. A process of its
 * own: @livekit/rtc-node logs to standard output. It is run with the room, the identity and the kind of
 * participant, says over the channel to its parent that it is there, speaks when it is sent a word, and
 * leaves when the channel closes.
 */
import { once } from 'node:events';
import { dispose, Room } from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { livekit } from './settings.js';
import { publishTone } from './tone.js';

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

let leaves = false;
const told = once(process, 'disconnect').then(() => {
  leaves = true;
});
process.once('message', () => publishTone(connection, () => leaves));
process.send?.('here');
await told;
await connection.disconnect();
await dispose();
process.exit();

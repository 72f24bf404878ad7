import { describe, expect, it } from 'vitest';
import { type CliOptions, cliOnFresh } from './run-cli.ts';

const cli = cliOnFresh();
const TRANSFER = ['SIP/TransferSIPParticipant'];

interface Result {
  outcome: string;
  caller: string;
  leg: string;
  stage: string | null;
  sip: { code: number } | null;
  evidence: string | null;
  exitCode: number;
  message: string;
  hint: string | null;
  destination: object;
}

async function transferred(line: string, given: CliOptions = {}): Promise<Result> {
  const { exitCode, stdout, stderr, mutations } = await cli(`${line} --yes --json`, given);
  expect(stderr).toBe('');
  expect(mutations).toEqual(TRANSFER);
  const result: Result = JSON.parse(stdout);
  expect(result.exitCode).toBe(exitCode);
  return result;
}

it('does not say of a call it has looked at once that it is not stuck', async () => {
  const { stdout } = await cli('transfer SCL_noAgent00001 --to sales --dry-run --json');
  expect(JSON.parse(stdout).call).toMatchObject({ condition: 'no-agent', stuck: null });
  const healthy = await cli('transfer SCL_healthy00001 --to sales --dry-run --json');
  expect(JSON.parse(healthy.stdout).call).toMatchObject({ stuck: false });
});

it.each([
  [
    'SCL_silent000001',
    'agent silent: nobody serves the caller',
    'the caller’s wait for agent agent-AJ_silent',
  ],
  ['SCL_healthy00001', 'looks normal', 'the caller’s conversation with agent agent-AJ_healthy'],
])('says before it asks how %s is, in the words of the list', async (callId, state, ends) => {
  const { stderr } = await cli(`transfer ${callId} --to sales --dry-run`);
  expect(stderr).toMatch(new RegExp(`^On the line .*, active, ${state}$`, 'm'));
  expect(stderr).toContain(`Ends        ${ends}`);
});

it('says so of each caller of a batch', async () => {
  const stdin = { text: 'SCL_silent000001\nSCL_healthy00001\n' };
  const { stderr } = await cli('transfer - --to sales --confirm 2', { stdin });
  expect(stderr).toMatch(/^Caller .*\(SCL_silent000001\), agent silent: sales → /m);
  expect(stderr).toMatch(/^Caller .*\(SCL_healthy00001\), looks normal: sales → /m);
});

describe.concurrent('--fields', () => {
  it.each([
    ['--yes --json --fields outcom', 'outcom'],
    ['--yes --json --fields outcome,wouldSend', 'wouldSend'],
    ['--dry-run --json --fields attempts', 'attempts'],
    ['--yes --fields outcom', 'outcom'],
    ['--dry-run --fields attempts', 'attempts'],
  ])('of a transfer: %s is refused before anything is sent', async (flags, name) => {
    const { exitCode, stdout, stderr, mutations } = await cli(
      `transfer SCL_noAgent00001 --to sales ${flags}`,
    );
    expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 2, stdout: '', mutations: [] });
    expect(stderr).toContain(name);
  });

  it('is a TAB-separated line without --json, and what went wrong stands on stderr', async () => {
    const line = 'transfer SCL_refuses40501 --to sales --yes --fields outcome,caller,sip,hint';
    const { exitCode, stdout, stderr } = await cli(line);
    const [outcome, caller, sip] = stdout.trimEnd().split('\t');
    expect({ exitCode, outcome, caller }).toEqual({
      exitCode: 1,
      outcome: 'refused',
      caller: 'on-the-line',
    });
    expect(JSON.parse(sip ?? '')).toEqual({ code: 405, reason: 'Method Not Allowed' });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toContain('405');
  });

  it('selects from a result and from a dry run', async () => {
    const dry = await cli(
      'transfer SCL_noAgent00001 --to sales --dry-run --json --fields wouldSend',
    );
    expect(JSON.parse(dry.stdout)).toEqual({ wouldSend: true });
    const every = await cli('transfer SCL_silent000001 --to sales --yes --json');
    const fields = Object.keys(JSON.parse(every.stdout)).join(',');
    const same = await cli(`transfer SCL_onHold000001 --to sales --yes --json --fields ${fields}`);
    expect(Object.keys(JSON.parse(same.stdout)).join(',')).toBe(fields);
  });
});

describe.concurrent('the outcome of a transfer', () => {
  it('is completed when the target answered: the leg lingers, then leaves', async () => {
    expect(await transferred('transfer SCL_healthy00001 --to sales')).toMatchObject({
      outcome: 'completed',
      caller: 'left',
      leg: 'gone',
      stage: null,
      evidence: 'lingered',
      exitCode: 0,
      destination: {
        input: 'sales',
        kind: 'department',
        department: 'sales',
        referTo: 'sip:100@pbx.company.com',
      },
      message:
        'Transferred +15105550101 (SCL_healthy00001) to sales (sip:100@pbx.company.com): the target answered. The caller has left the room.',
      hint: expect.stringContaining('still in the room'),
    });
  });

  it.each([
    ['SCL_refuses40501', 405],
    ['SCL_refuses60301', 603],
  ])('is refused when the trunk says so: %s', async (call, code) => {
    expect(await transferred(`transfer ${call} --to sales`)).toMatchObject({
      outcome: 'refused',
      caller: 'on-the-line',
      leg: 'listed',
      stage: 'refer',
      sip: { code },
      exitCode: 1,
      message: expect.stringContaining(
        'The caller is still on the line, in silence: the room has no agent.',
      ),
    });
  });

  it.each([
    ['486', 486],
    ['603', 603],
    ['404', 404],
    ['408', 408],
  ])('is target-failed when the target did not take it: %s', async (extension, code) => {
    expect(await transferred(`transfer SCL_silent000001 --to ${extension}`)).toMatchObject({
      outcome: 'target-failed',
      caller: 'on-the-line',
      leg: 'listed',
      stage: 'notify',
      sip: { code },
      exitCode: 1,
      message: expect.stringContaining('in silence: the agent in the room has no audio'),
    });
  });

  it.each([
    ['SCL_byeFirst0001', 'LiveKit says that the call ended before the transfer did'],
    ['SCL_byeAfter0001', 'hangsUpFirst'],
  ])(
    'is ended when the leg is gone at once, and nothing shows why: %s (%s)',
    async (call, hint) => {
      expect(await transferred(`transfer ${call} --to sales`)).toMatchObject({
        outcome: 'ended',
        caller: 'left',
        leg: 'gone',
        sip: null,
        evidence: null,
        exitCode: 7,
        hint: expect.stringContaining(hint),
      });
    },
  );

  it('is ended when a held leg is cut by LiveKit, and the hint says so', async () => {
    const result = await transferred('transfer SCL_onHold000001 --to sales');
    expect(result).toMatchObject({
      outcome: 'ended',
      caller: 'left',
      exitCode: 7,
      hint: expect.stringContaining('LiveKit ended the call after 15 s without audio'),
    });
  });

  it('is unknown when no verdict came in time, and the caller’s presence proves nothing', async () => {
    expect(await transferred('transfer SCL_noNotify0001 --to sales --wait 20s')).toMatchObject({
      outcome: 'unknown',
      caller: 'unknown',
      leg: 'listed',
      sip: null,
      exitCode: 7,
      message: expect.stringMatching(/may be ringing, or talking.*proves nothing/),
      hint: expect.stringContaining('Do not transfer again'),
    });
  });

  it('is unknown when the trunk never answers the REFER', async () => {
    expect(await transferred('transfer SCL_noAnswer0001 --to sales')).toMatchObject({
      outcome: 'unknown',
      stage: 'refer',
      caller: 'unknown',
      exitCode: 7,
      message: expect.stringContaining('never answered the REFER'),
    });
  });

  it('is not-sent for a call that still rings, and nothing goes out', async () => {
    const { exitCode, stdout, mutations } = await cli(
      'transfer SCL_ringing00001 --to sales --yes --json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'not-sent',
      caller: 'on-the-line',
      stage: null,
      sip: null,
    });
    expect({ exitCode, mutations }).toEqual({ exitCode: 1, mutations: [] });
  });

  it('is told in a line, then explained, and the next step on stderr', async () => {
    const { stdout, stderr } = await cli('transfer SCL_refuses40501 --to billing --yes --quiet');
    expect(stdout).toBe(
      '+15105550110 → billing: the trunk refused (405 Method Not Allowed). The caller is still on the line, in silence.\nThe trunk refused to transfer +15105550110 (SCL_refuses40501) to billing (sip:300@pbx.company.com). It answered the REFER (SIP’s transfer request) with 405 Method Not Allowed: transfers by REFER are not supported here. The caller is still on the line, in silence: the room has no agent.\n',
    );
    expect(stderr).toContain('--method bridge');
  });

  it('is completed on a trunk that hangs up first, if the config says that it does', async () => {
    const config = {
      dial: { extension: 'sip:{extension}@pbx.company.com' },
      trunks: { ST_byeAfter0001: { hangsUpFirst: true } },
    };
    const line = 'transfer SCL_byeAfter0001 --to 100 --yes --json';
    const { exitCode, stdout } = await cli(line, { config });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', evidence: 'trunk' });
    expect(exitCode).toBe(0);
  });
});

describe.concurrent('which caller', () => {
  const dry = async (line: string) => {
    const { exitCode, stdout, stderr, mutations } = await cli(
      `${line} --to sales --dry-run --json`,
    );
    expect(mutations).toEqual([]);
    return { exitCode, stderr, call: stdout === '' ? null : JSON.parse(stdout).call.callId };
  };

  it.each([
    ['its call id', 'SCL_escapes00001', 'SCL_escapes00001'],
    ['its room', 'outbound-Uk4WpPgV2wXd', 'SCL_outbound0001'],
    ['its identity', 'sip_+15105550109', 'SCL_escapes00001'],
    ['its number', '+15105550109', 'SCL_escapes00001'],
    ['its number as people write it', '(510)555-0109', 'SCL_escapes00001'],
  ])('can be named by %s', async (_, name, expected) => {
    expect(await dry(`transfer ${name}`)).toMatchObject({ exitCode: 0, call: expected });
  });

  it('can be looked for in one room only, without looking at the others', async () => {
    const line = 'transfer --room conference-0042 --identity sip_+15105550108';
    expect(await dry(line)).toMatchObject({ exitCode: 0, call: 'SCL_twoInRoom002' });
  });

  it.each(['transfer conference-0042', 'transfer --room conference-0042'])(
    'is not guessed: %s holds two callers',
    async (line) => {
      const { exitCode, stderr, call } = await dry(line);
      expect({ exitCode, call }).toEqual({ exitCode: 2, call: null });
      expect(JSON.parse(stderr).error).toMatchObject({
        code: 'ambiguous-call',
        candidates: ['001', '002'].map((end) => ({
          callId: `SCL_twoInRoom${end}`,
          phoneNumber: end === '001' ? '+15105550107' : '+15105550108',
          room: 'conference-0042',
          identity: end === '001' ? 'sip_+15105550107' : 'sip_+15105550108',
          status: 'active',
        })),
      });
      expect(stderr).not.toContain('details');
    },
  );

  it('is named by a line without a newline in it, on a terminal that is narrower', async () => {
    const { stderr } = await cli('transfer +15105550199 --to sales --method bridge --wait 20s', {
      ...{ isTTY: true, columns: 40, env: { NO_COLOR: '1' } },
    });
    expect(stderr).toContain(
      '\n`lk-transfer transfer SCL_hidden000001 --to sales --method bridge --wait 20s`.\n',
    );
  });

  it.each([
    'hangup SCL_hidden000001 --dry-run',
    'rescue SCL_hidden000001 --agent fallback-agent --dry-run',
    'transfer SCL_hidden000001 --to sales --method bridge --dry-run',
  ])('is named by the same line, with the same flags: %s', async (line) => {
    const { stderr, mutations } = await cli(line.replace('SCL_hidden000001', '+15105550199'));
    expect(mutations).toEqual([]);
    expect(stderr).toContain(`\`lk-transfer ${line}\``);
  });

  it.each(['SCL_nobody000001', '+15105550199', 'nowhere'])('is nobody: %s', async (name) => {
    expect(await dry(`transfer ${name}`)).toMatchObject({ exitCode: 5, call: null });
  });

  it('is nobody in that room', async () => {
    expect(await dry('transfer --room nowhere')).toMatchObject({ exitCode: 5 });
  });

  it('who hides their number is named where a number is nobody’s, to be picked by call id', async () => {
    const line = ['transfer', '+15105550199', '--to', 'new business'];
    const { exitCode, stdout, stderr, mutations } = await cli([...line, '--yes']);
    expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 5, stdout: '', mutations: [] });
    expect(stderr).toContain('1 caller hides their number.');
    expect(stderr).toContain("`lk-transfer transfer SCL_hidden000001 --to 'new business'`");
    const wishes = ['--method', 'bridge', '--wait=20s', '-qy'];
    const typed = await cli([...line, ...wishes]);
    expect(typed.stderr).toContain(
      "`lk-transfer transfer SCL_hidden000001 --to 'new business' --method bridge --wait=20s -q`",
    );
    const pasted = await cli(['transfer', '\u202a+15105550199\u202c', '--to=sales', '--yes']);
    expect(pasted.stderr).toContain('`lk-transfer transfer SCL_hidden000001 --to=sales`');
    // Between backticks it could not be shown as it has to be typed.
    const odd = await cli([...line, '--header', 'X-Note: `a`', '--yes']);
    expect(odd.stderr).toContain('name the call by its id.');
    // Nor is a secret shown again.
    for (const secret of [
      ['--header', 'X-Key: CANARY'],
      ['--header=X-Key: CANARY'],
      ['--to=sip:ann:CANARY@pbx.company.com'],
    ]) {
      const to = secret[0]?.startsWith('--to') ? [] : ['--to', 'sales'];
      const hidden = await cli(['transfer', '+15105550199', ...to, ...secret, '--yes']);
      expect(hidden.stderr).toContain('name the call by its id.');
      expect(hidden.stderr).not.toContain('CANARY');
    }
    const { error } = JSON.parse((await cli([...line, '--dry-run', '--json'])).stderr);
    expect(error).toMatchObject({
      code: 'no-such-call',
      candidates: [{ callId: 'SCL_hidden000001', phoneNumber: null }],
      hiddenNumbers: 1,
    });
  });
});

describe.concurrent('where to', () => {
  const planned = async (to: string, more: string[] = []) => {
    const { exitCode, stdout, stderr, mutations } = await cli([
      ...['transfer', 'SCL_escapes00001', '--to', to, '--dry-run', '--json'],
      ...more,
    ]);
    expect(mutations).toEqual([]);
    if (stdout === '') return { exitCode, error: JSON.parse(stderr).error };
    return { exitCode, ...JSON.parse(stdout).request };
  };

  it.each([
    ['sales', 'sip:100@pbx.company.com'],
    ['New  Business', 'sip:100@pbx.company.com'],
    ['mobile', 'sip:+15105550100@trunk.provider.com'],
    ['(510) 555-0142', 'sip:+15105550142@trunk.provider.com'],
    ['+1 510 555 0142', 'sip:+15105550142@trunk.provider.com'],
    ['1234', 'sip:1234@pbx.company.com'],
    ['SIP:bob@pbx.company.com;transport=tls', 'sip:bob@pbx.company.com;transport=tls'],
    ['tel:+15105550142', 'tel:+15105550142'],
  ])('%s becomes %s', async (to, transferTo) => {
    expect(await planned(to)).toMatchObject({ exitCode: 0, transferTo });
  });

  it.each([
    ['slaes', 5, 'unknown-department', 'sales'],
    ['', 2, 'destination', ''],
    ['911', 2, 'policy', ''],
    ['sip:911@pbx.company.com', 2, 'policy', ''],
    ['sip:a b@pbx', 2, 'destination', ''],
    ['sip:100@pbx\r\nX-Evil: 1', 2, 'destination', ''],
    ['tel:+15105550142;ext=1', 2, 'destination', ''],
    ['+33 1 23 45 67 89', 2, 'policy', 'countries'],
  ])('refuses %j', async (to, exitCode, code, mention) => {
    const refused = await planned(to);
    expect(refused).toMatchObject({ exitCode, error: { code } });
    expect(refused.error.message + refused.error.hint).toContain(mention);
  });

  it('takes headers, the wait and the dial tone from the command line', async () => {
    const flags = [
      '--header',
      'X-Case: 42',
      '--header',
      'Referred-By: <sip:a@b.c>',
      '--wait',
      '30s',
    ];
    expect(await planned('sales', [...flags, '--no-dialtone'])).toMatchObject({
      headers: { 'X-Case': '42', 'Referred-By': '<sip:a@b.c>' },
      waitMs: 30_000,
      dialtone: null,
      playDialtone: false,
    });
    const usual = { waitMs: 90_000, dialtone: 'auto', playDialtone: true };
    expect(await planned('sales')).toMatchObject(usual);
    expect(await planned('sales', ['--dialtone', 'jp'])).toMatchObject({ dialtone: 'jp' });
    const misspelt = await planned('sales', ['--dialtone', 'jpp']);
    expect(misspelt).toMatchObject({ exitCode: 2, error: { code: 'usage' } });
    expect(misspelt.error.message).toContain('auto, us, uk, jp, au, etsi');
  });

  it('lets the department say its own wait, and the command line overrule it', async () => {
    const config = {
      departments: { night: { to: 'sip:1@pbx.example.com', wait: '60s', dialtone: false } },
    };
    const wishes = async (...more: string[]) => {
      const words = [
        'transfer',
        'SCL_escapes00001',
        '--to',
        'night',
        '--dry-run',
        '--json',
        ...more,
      ];
      const { stdout } = await cli(words, { config });
      const { waitMs, dialtone } = JSON.parse(stdout).request;
      return { waitMs, dialtone };
    };
    expect(await wishes()).toEqual({ waitMs: 60_000, dialtone: null });
    const overruled = { waitMs: 30_000, dialtone: 'us' };
    expect(await wishes('--wait', '30s', '--dialtone', 'us')).toEqual(overruled);
  });

  it.each([
    [['--header', 'Contact: x']],
    [['--header', 'no colon']],
    [['--header', 'X-A: a\r\nX-B: b']],
    [['--wait', 'soon']],
    [['--wait', '1s']],
    [['--wait', '10m']],
  ])('refuses %j', async (flags) => {
    expect(await planned('sales', flags)).toMatchObject({ exitCode: 2 });
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CTRL_C, cursorIsVisible, ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import { makeFolder, runShell } from './run-program.ts';

const INIT = 'lk-transfer config init';
const BY_FLAGS = `${INIT} --country US --department sales=sip:100@pbx.company.com`;
const OLD = '{"agents":["old"]}';

const read = (folder: string, name = 'transfer.config.json') =>
  readFileSync(join(folder, name), 'utf8');

describe.concurrent('config init on a terminal', () => {
  it('asks for everything, objects as it is typed, and writes what works', async () => {
    const cwd = makeFolder();
    const terminal = openTerminal(`${INIT} --format yaml`, { cwd });
    await terminal.until(/Country of numbers typed without a plus\?[\s\S]*navigate/);
    // Whichever comes first in the alphabet is nobody's answer.
    terminal.type(`${ENTER}us`);
    await terminal.until(/❯ US {2}United States/);
    terminal.type(ENTER);
    await terminal.until(/Who provides the SIP trunk\?[\s\S]*❯ /);
    terminal.type('twil');
    await terminal.until(/❯ Twilio Elastic SIP Trunking/);
    terminal.type(ENTER);
    await terminal.until(
      /Domain of the trunk there, such as example or example\.pstn\.twilio\.com/,
    );
    terminal.type(`exa mple${ENTER}`);
    await terminal.until(/is not a host/);
    terminal.type(`${'\u007f'.repeat(5)}mple${ENTER}`);
    await terminal.until(/Which of your LiveKit trunks is .*\?/);
    terminal.type(ENTER);
    await terminal.until(/Domain of the PBX/);
    terminal.type(ENTER);
    await terminal.until(/Name of a department, such as sales/);
    terminal.type(`sales${ENTER}`);
    await terminal.until(/Where does sales lead\?/);
    terminal.type(`100${ENTER}`);
    await terminal.until(/no PBX is named\. Name/);
    terminal.type(`${'\u007f'.repeat(3)}(510) 555-0100${ENTER}`);
    await terminal.until(/Name of another department/);
    terminal.type(`Sales${ENTER}`);
    await terminal.until(/is the same name as "sales"/);
    terminal.type(`${'\u007f'.repeat(5)}${ENTER}`);
    expect(await terminal.left).toBe(0);
    expect(withoutEscapes(terminal.sent())).toMatch(
      /Created \S+transfer\.config\.yaml: country US/,
    );
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    const text = read(cwd, 'transfer.config.yaml');
    expect(text).toContain('\n  number: "sip:{number}@example.pstn.twilio.com"\n');
    expect(text).toContain('\n  sales: "(510) 555-0100"\n');
    const { exitCode, stdout, stderr } = await runShell('lk-transfer departments', { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('sip:+15105550100@example.pstn.twilio.com');
  });

  it('takes name and target in one line, and no host of another for the trunk', async () => {
    const cwd = makeFolder();
    const flags = '--provider telnyx --domain sip.telnyx.com';
    const terminal = openTerminal(`${INIT} ${flags} >out`, { cwd });
    await terminal.until(/Country of numbers/);
    terminal.type('united king');
    await terminal.until(/❯ GB {2}United Kingdom/);
    terminal.type(ENTER);
    await terminal.until(/Which of your LiveKit trunks is at Telnyx\?/);
    terminal.type(`pbx.company.com${ENTER}`);
    await terminal.until(/"pbx\.company\.com" is no host of Telnyx: give the name or the id/);
    terminal.type('\u0015');
    terminal.type(ENTER);
    await terminal.until(/Domain of the PBX/);
    terminal.type(ENTER);
    await terminal.until(/Name of a department/);
    terminal.type(`sales=+44 20 7946 0100${ENTER}`);
    await terminal.until(/Name of another department/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(0);
    expect(JSON.parse(read(cwd)).departments).toEqual({ sales: '+44 20 7946 0100' });
  });

  it('asks only for what the flags leave open', async () => {
    const cwd = makeFolder();
    const flags =
      '--pbx pbx.company.com --provider telnyx --trunk ST_abc --department sales=+442079460100';
    const terminal = openTerminal(`${INIT} ${flags} >out`, { cwd });
    await terminal.until(/Country of numbers/);
    terminal.type('united king');
    await terminal.until(/❯ GB {2}United Kingdom/);
    terminal.type(ENTER);
    await terminal.until(/Domain of the trunk there.*\(Enter: sip\.telnyx\.com\)/);
    terminal.type(ENTER);
    await terminal.until(/Name of another department/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(0);
    expect(read(cwd, 'out')).toMatch(/^Created [^\n]*\n$/);
    expect(JSON.parse(read(cwd))).toMatchObject({
      defaultCountry: 'GB',
      trunks: { ST_abc: { provider: 'telnyx' } },
      departments: { sales: '+442079460100' },
    });
  });

  it('says what is wrong with a flag before it asks', async () => {
    const terminal = openTerminal(`${INIT} --pbx a@b.com`);
    expect(await terminal.left).toBe(2);
    expect(terminal.sent()).toContain('--pbx: ');
    expect(terminal.sent()).not.toContain('Country of');
  });

  it('34: takes Enter for No before it overwrites, and leaves the file as it is', async () => {
    const cwd = makeFolder({ 'transfer.config.json': OLD });
    const terminal = openTerminal(BY_FLAGS, { cwd });
    await terminal.until(/is already there\. Overwrite it\? \(y\/N\)/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(withoutEscapes(terminal.sent())).toMatch(/Nothing\s+was\s+written\./);
    expect(read(cwd)).toBe(OLD);
    expect(readdirSync(cwd)).toEqual(['transfer.config.json']);
  });

  it('asks as well before it takes the place of a file of another name', async () => {
    const cwd = makeFolder({ 'transfer.config.yaml': '{}' });
    const terminal = openTerminal(BY_FLAGS, { cwd });
    await terminal.until(/transfer\.config\.json anyway\?.*\(y\/N\)/s);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
    expect(readdirSync(cwd)).toEqual(['transfer.config.yaml']);
  });

  it('overwrites on y', async () => {
    const cwd = makeFolder({ 'transfer.config.json': OLD });
    const terminal = openTerminal(BY_FLAGS, { cwd });
    await terminal.until(/Overwrite it\? \(y\/N\)/);
    terminal.type(`y${ENTER}`);
    expect(await terminal.left).toBe(0);
    expect(withoutEscapes(terminal.sent())).toContain('Overwrote ');
    expect(JSON.parse(read(cwd)).agents).toBeUndefined();
  });

  it.each([
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
  ])('40: %s at any question writes nothing and exits %i', async (how, exitCode) => {
    const cwd = makeFolder();
    const terminal = openTerminal(`${INIT} --provider twilio --trunk ST_abc`, { cwd });
    await terminal.until(/Country of numbers[\s\S]*navigate/);
    terminal.type(`us${ENTER}`);
    await terminal.until(/Domain of the trunk/);
    if (how === 'Ctrl-C') terminal.type(CTRL_C);
    else terminal.kill('SIGTERM');
    expect(await terminal.left).toBe(exitCode);
    expect(terminal.sent()).toMatch(/\n[^\n]*Nothing was written\.\r\n$/);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('40: Ctrl-C where it would overwrite leaves the file as it is', async () => {
    const cwd = makeFolder({ 'transfer.config.json': OLD });
    const terminal = openTerminal(INIT, { cwd });
    await terminal.until(/Overwrite it\? \(y\/N\)/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(read(cwd)).toBe(OLD);
  });

  it.each([`yes | ${BY_FLAGS}`, `${BY_FLAGS} --no-input`, `${BY_FLAGS} 2>/dev/null`])(
    '33: `%s` overwrites nothing',
    async (line) => {
      const script = `${line}; exit \${PIPESTATUS[-1]}`;
      const cwd = makeFolder({ 'transfer.config.json': OLD, 'line.sh': script });
      const terminal = openTerminal('bash line.sh', { cwd });
      expect(await terminal.left).toBe(2);
      expect(terminal.sent()).not.toContain('Overwrite it?');
      expect(read(cwd)).toBe(OLD);
    },
  );
});

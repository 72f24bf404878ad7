import { describe, expect, it } from 'vitest';
import { type MachineFacts, nameMachine } from '../../src/core/host.ts';

const BOOT = '/proc/sys/kernel/random/boot_id';
const NAMESPACE = '/proc/self/ns/pid';

function linux(files: Record<string, string>, more: Partial<MachineFacts> = {}): MachineFacts {
  const read = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  return {
    platform: 'linux',
    hostname: () => 'worker',
    addresses: () => [],
    readFile: read,
    readLink: read,
    ...more,
  };
}

describe('a machine', () => {
  const container = { [BOOT]: 'boot-1', [NAMESPACE]: 'pid:[4026532001]' };

  it('is the same to all its processes', () => {
    expect(nameMachine(linux(container))).toBe(nameMachine(linux({ ...container })));
    expect(nameMachine()).toBe(nameMachine());
  });

  it.each([
    ['container of the same host name', { ...container, [NAMESPACE]: 'pid:[4026532002]' }],
    ['machine of the same host name, or boot', { ...container, [BOOT]: 'boot-2' }],
  ])('is not another %s', (_, files) => {
    expect(nameMachine(linux(files))).not.toBe(nameMachine(linux(container)));
  });

  it('is told by its networks where there are no such files', () => {
    const mac = (...addresses: string[]) =>
      nameMachine(linux({}, { platform: 'darwin', addresses: () => addresses }));
    expect(mac('aa:bb', 'cc:dd')).toBe(mac('cc:dd', 'aa:bb'));
    expect(mac('aa:bb')).not.toBe(mac('cc:dd'));
  });

  it('is not told from others where nothing tells', () => {
    expect(nameMachine(linux({ [BOOT]: 'boot-1' }))).toBeNull();
    expect(nameMachine(linux({}, { platform: 'darwin' }))).toBeNull();
  });
});

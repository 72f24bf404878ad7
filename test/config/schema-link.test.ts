import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { schemaLink } from '../../src/config/file.ts';
import { folderWith } from './folders.ts';

const SCHEMA = join('lk-transfer', 'schema', 'transfer.schema.json');

describe('the link from a config to its schema', () => {
  it('is relative in a project that has the package, so that the file can be shared', () => {
    const project = folderWith({ [join('node_modules', SCHEMA)]: '{}', 'apps/calls/x': '' });
    const packaged = join(project, 'node_modules', SCHEMA);
    const inRoot = schemaLink(join(project, 'transfer.config.json'), packaged);
    expect(inRoot).toBe('./node_modules/lk-transfer/schema/transfer.schema.json');
    const below = schemaLink(join(project, 'apps', 'calls', 'transfer.config.json'), packaged);
    expect(below).toBe('../../node_modules/lk-transfer/schema/transfer.schema.json');
  });

  it('is that of the project, even where the tool runs from elsewhere', () => {
    const project = folderWith({ [join('node_modules', SCHEMA)]: '{}' });
    const link = schemaLink(join(project, 'c.json'), join(folderWith({ [SCHEMA]: '{}' }), SCHEMA));
    expect(link).toBe('./node_modules/lk-transfer/schema/transfer.schema.json');
  });

  it('is relative in the checkout of the package', () => {
    const checkout = folderWith({ 'schema/transfer.schema.json': '{}' });
    const link = schemaLink(
      join(checkout, 'c.json'),
      join(checkout, 'schema/transfer.schema.json'),
    );
    expect(link).toBe('./schema/transfer.schema.json');
  });

  it.each([
    ['the tool is installed for everybody', join('lib', SCHEMA)],
    ['the way down has a blank in it', join('a b', 'transfer.schema.json')],
  ])('is none where %s: a place of this machine helps nobody else', (where, path) => {
    const folder = folderWith({ [path]: '{}' });
    const config = where.startsWith('the way')
      ? join(folder, 'c.json')
      : join(folderWith(), 'c.json');
    expect(schemaLink(config, join(folder, path))).toBeNull();
  });
});

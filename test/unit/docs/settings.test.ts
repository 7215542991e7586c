/** docs/settings.md and local.settings.example.json list the settings that the app reads. */
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES } from '../../../shared/config.ts';
import { readText } from '../../support/repository.ts';

/** The platform sets these. */
const isOfPlatform = (name: string) =>
  /^(WEBSITE|AZURE_FUNCTIONS|FUNCTIONS)_|^AzureWebJobs/.test(name);
const OURS = SETTING_NAMES.filter((name) => !isOfPlatform(name)).toSorted();
const ours = (names: readonly string[]) => names.filter((name) => !isOfPlatform(name)).toSorted();

describe('the settings', () => {
  it('are all in docs/settings.md, and no others', () => {
    const rows = [...readText('docs/settings.md').matchAll(/^\| `(\w+)` \|/gm)];
    expect(ours(rows.map(([, name = '']) => name))).toEqual(OURS);
  });

  it('are all in local.settings.example.json, and no others', () => {
    const { Values } = JSON.parse(readText('local.settings.example.json'));
    expect(ours(Object.keys(Values))).toEqual(OURS);
  });
});

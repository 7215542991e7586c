/**
 * Registers what depends on the settings. A refused setting must not throw while the functions are
 * loaded: the real host would run with no functions at all, and say so in its log alone
 * (docs/azure.md, "Start of the host"). Then `health` alone is there, and names the setting.
 */
import type { Config } from '../../shared/config.ts';
import { configRefusal, getConfig } from '../../shared/services.ts';

/** Calls back when the settings are good. */
export function whenConfigured(register: (config: Config) => void): void {
  if (!configRefusal()) register(getConfig());
}

/**
 * Registers the functions that depend on the settings. A refused setting must not throw while functions
 * are loaded: the real host would then run without functions and report it only in its log
 * (docs/azure.md, "Start of the host"). Instead, only `health` is registered, and names the setting.
 */
import type { Config } from '../../shared/config.ts';
import { configRefusal, getConfig } from '../../shared/services.ts';

/** Calls back when the settings are good. */
export function whenConfigured(register: (config: Config) => void): void {
  if (!configRefusal()) register(getConfig());
}

/** Why the app does not start: which settings are refused, and what is allowed instead. */

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The names of the refused settings. */
  readonly settings: readonly string[];

  constructor(settings: readonly string[], message: string) {
    super(message);
    this.settings = settings;
  }
}

/** Says what is allowed, and never what was given. */
export const settingFault = (setting: string, expected: string): ConfigError =>
  new ConfigError([setting], `Setting ${setting}: expected ${expected}.`);

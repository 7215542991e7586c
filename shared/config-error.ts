/** The reason why the app does not start: the refused settings, and their allowed values. */

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The names of the refused settings. */
  readonly settings: readonly string[];

  constructor(settings: readonly string[], message: string) {
    super(message);
    this.settings = settings;
  }
}

/** Names the allowed values, and never the given value. */
export const settingFault = (setting: string, expected: string): ConfigError =>
  new ConfigError([setting], `Setting ${setting}: expected ${expected}.`);

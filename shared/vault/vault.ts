/** The port to the vault: Okta tokens by name and version. */
import type { Token } from '../token.ts';

/** Every method throws a `ProblemError` with `VaultUnavailable` when the vault cannot be used. */
export interface TokenVault {
  /** Stores a new version under the name and returns it. A soft-deleted name is recovered first. */
  set(name: string, token: Token): Promise<string>;
  /** Undefined when this version does not exist or is disabled. */
  get(name: string, version: string): Promise<Token | undefined>;
  /** The newest version of the name, or undefined. */
  latestVersion(name: string): Promise<string | undefined>;
  /** Deletes the secret with all its versions; succeeds also for a missing secret. */
  remove(name: string): Promise<void>;
}

/** What an ingesting run works with: the adapters behind our ports, wired in `services.ts`. */
import type { Config } from '../config.ts';
import { type Problem, ProblemError } from '../errors.ts';
import type { Sink } from '../sink/sink.ts';
import type { Checkpoints } from '../storage/checkpoints.ts';
import type { Connector, Connectors } from '../storage/connectors.ts';
import { lastSeen, type RateFacts, type StatusTable } from '../storage/status-facts.ts';
import type { StorageClock } from '../storage/table.ts';
import type { Token } from '../token.ts';
import type { TokenVault } from '../vault/vault.ts';
import type { ReaderParts } from './paced-reader.ts';
import type { IngestOutcome } from './page.ts';

export interface IngestParts extends ReaderParts {
  config: Config;
  connectors: Connectors;
  status: StatusTable;
  checkpoints: Checkpoints;
  sink: Sink;
  vault: TokenVault;
  storageClock: StorageClock;
  /** Unique to a run: names the holder of its lease. */
  newRunId(): string;
}

/** Lets the governor know what the last run, here or elsewhere, has seen of the limit. */
export async function recallLimit(
  { status, governor }: Pick<IngestParts, 'status' | 'governor'>,
  connectorId: string,
): Promise<RateFacts> {
  const rate = await status.rate(connectorId);
  const seen = lastSeen(rate);
  if (seen) governor.saw(connectorId, seen);
  return rate;
}

/**
 * Runs `work` with the credential in use: the one version that the connector's row names, and no
 * other. A vault or a storage that is away ends the run like any other failure.
 */
export async function withCredential(
  { vault }: Pick<IngestParts, 'vault'>,
  { secretName, secretVersion }: Connector,
  work: (token: Token) => Promise<IngestOutcome>,
): Promise<IngestOutcome> {
  try {
    const token = secretVersion && (await vault.get(secretName, secretVersion));
    return token ? await work(token) : failed(TOKEN_MISSING);
  } catch (error) {
    if (error instanceof ProblemError) return failed(error.problem);
    throw error;
  }
}

const failed = (problem: Problem): IngestOutcome => ({
  kind: 'failed',
  problem,
  refusedCursor: false,
  serverError: false,
});

const TOKEN_MISSING: Problem = {
  code: 'VaultUnavailable',
  message: 'The token of this connector is not in the Key Vault.',
  remedy:
    'Check that the secret was not deleted or disabled in the vault. Recover it there, or give the connector its token again.',
};

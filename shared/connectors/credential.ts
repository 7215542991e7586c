/** The credential of a connector: where its token is kept, and the token in use. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { Token } from '../token.ts';

/**
 * Names of vault secrets: letters, digits and `-`, at most 127 (docs/azure.md, "Names of secrets").
 * New with every registration, so that cleaning up after a deleted one cannot touch the next.
 */
export const secretNameOf = (id: string, generation: string, registration: number): string =>
  `okta-${id}-${generation}-${registration}`;

/** Undefined when there is none, or somebody has deleted the secret. */
export async function tokenOf(
  { vault }: Pick<Deps, 'vault'>,
  connector: Connector | undefined,
): Promise<Token | undefined> {
  if (!connector?.secretVersion || connector.state === 'deleted') return undefined;
  return await vault.get(connector.secretName, connector.secretVersion);
}

/** The credential of a connector: the name of its secret, and the token in use. */
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { Token } from '../token.ts';

/**
 * Names of vault secrets: letters, digits and `-`, at most 127 (docs/azure.md, "Names of secrets").
 * Each registration has its own name, so that clean-up cannot delete the secret of the next.
 */
export const secretNameOf = (id: string, generation: string, registration: number): string =>
  `okta-${id}-${generation}-${registration}`;

/** Undefined when there is no token, or the secret was deleted. */
export async function tokenOf(
  { vault }: Pick<Deps, 'vault'>,
  connector: Connector | undefined,
): Promise<Token | undefined> {
  if (!connector?.secretVersion || connector.state === 'deleted') return undefined;
  return await vault.get(connector.secretName, connector.secretVersion);
}

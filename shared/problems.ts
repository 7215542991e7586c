/** Problems of managing a connector, with their remedies (docs/errors.md). */
import type { Problem } from './errors.ts';

export const CONNECTOR_NOT_FOUND: Problem = {
  code: 'ConnectorNotFound',
  message: 'There is no connector with this id.',
  remedy: 'Check the id in the list of connectors (GET /api/connectors).',
};

export const CONNECTOR_ID_INVALID: Problem = {
  code: 'InvalidRequest',
  message: 'The connector id is not valid.',
  target: 'id',
  remedy: 'Use 1 to 40 lower-case letters, digits and hyphens, no hyphen first or last.',
};

export const CREDENTIAL_MISSING: Problem = {
  code: 'InvalidRequest',
  message: 'The credential is missing.',
  target: 'credential',
  remedy:
    'Send {"kind":"apiToken","token":"…"} with a token created in Okta under Security → API → Tokens.',
};

/** The vault holds no token: the registration was interrupted before, or the secret was deleted. */
export const NO_TOKEN: Problem = {
  code: 'OktaTokenInvalid',
  message: 'There is no token for this connector.',
  target: 'credential',
  remedy:
    'Create a token in the Okta admin console under Security → API → Tokens, and give it to this connector (PATCH with a credential).',
};

export const ORG_MISMATCH: Problem = {
  code: 'OrgMismatch',
  message: "The domain belongs to another Okta org than the connector's.",
  target: 'domain',
  remedy:
    'Register the other org under a separate id, or delete this connector with purgeEvents=true first.',
};

export const CONNECTOR_DELETING: Problem = {
  code: 'ConnectorDeleting',
  message: 'The connector under this id is being deleted with its events.',
  remedy: 'Try again in a few minutes, or choose another id.',
};

export const CONNECTOR_DISABLED: Problem = {
  code: 'ConnectorDisabled',
  message: 'The connector is disabled.',
  remedy: 'Enable it first (POST …/enable).',
};

export const orgTaken = (holder: string): Problem => ({
  code: 'OrgAlreadyConnected',
  message: `This Okta org is already connected as "${holder}".`,
  target: 'domain',
  remedy: `Use the connector "${holder}", or delete it before you register the org under another id.`,
});

export const preconditionFailed = (message: string): Problem => ({
  code: 'PreconditionFailed',
  message,
  remedy: 'Read the connector again, check what changed, and repeat with its current ETag.',
});

export const KEPT_CHANGING = preconditionFailed(
  'The connector kept being changed by other requests.',
);

/** Rows of a connector that were damaged or edited by hand. The other rows are still processed. */
export const unreadableRows = (keys: readonly string[]): Problem => ({
  code: 'InternalError',
  message: `This connector has rows in the table checkpoints that cannot be read: ${keys.join(', ')}.`,
  remedy: 'Restore the named rows (docs/runbook.md). All other work continues.',
});

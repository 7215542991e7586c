/** The connector resource of requests and replies (docs/contract.md, "Connectors"). */
import * as z from 'zod';
import type { StatusName } from '../enumerations.ts';
import { unwrapped } from '../pasted-text.ts';
import { CONFIG_FIELD_NAMES, configShape, pick } from '../storage/config-fields.ts';
import type { Connector } from '../storage/connectors.ts';
import { Token } from '../token.ts';

export const connectorId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
  .meta({
    description: '1 to 40 lower-case letters, digits and hyphens, no hyphen first or last',
  });
export const isConnectorId = (id: string): boolean => connectorId.safeParse(id).success;

/** Read-only fields of the resource: ignored in a PUT, so that GET, edit, PUT works. */
const readOnly = Object.fromEntries(
  [
    'id',
    'orgId',
    'orgUrl',
    'status',
    'enabled',
    'createdAt',
    'createdBy',
    'updatedAt',
    'updatedBy',
  ].map((name) => [name, z.unknown().optional().meta({ readOnly: true })]),
);

/** Texts that users copy together with a token from a header or a script. */
const AUTHORIZATION = /^(?:authorization\s*:)?\s*(?:(?:SSWS|Bearer)\s+)?/i;
const MAX_TOKEN_CHARACTERS = 512;

const bareToken = (pasted: string): string =>
  unwrapped(unwrapped(pasted).replace(AUTHORIZATION, ''));

/** The reason why a text cannot be a token. Never contains the text. */
function faultOfToken(text: string): string | undefined {
  if (text === '') return 'The token is empty.';
  if (/\s/.test(text)) return 'The token contains white space or a line break.';
  if (/[^\x21-\x7e]/.test(text)) return 'The token contains a character that no token has.';
  if (/["'`,;<>]/.test(text)) return 'The token contains a quote, a comma or a bracket.';
  return text.length > MAX_TOKEN_CHARACTERS ? 'The text is longer than any token.' : undefined;
}

const token = z
  .string()
  .transform((pasted, context) => {
    const text = bareToken(pasted);
    const message = faultOfToken(text);
    if (message === undefined) return new Token(text);
    context.addIssue({ code: 'custom', message, params: { isExplained: true } });
    return z.NEVER;
  })
  .meta({ override: { type: 'string', format: 'password', writeOnly: true } });

/** A credential as GET shows it, without a secret, counts as omitted. */
const credential = z
  .strictObject({
    kind: z.literal('apiToken'),
    token: token.optional(),
    updatedAt: z.unknown().optional(),
  })
  .transform((given) => given.token)
  .meta({ description: '{"kind":"apiToken","token":"…"}' });

export const registrationBody = z.strictObject({
  ...configShape('registration'),
  credential: credential.optional(),
  ...readOnly,
});
export type RegistrationBody = z.output<typeof registrationBody>;

/** A merge patch (RFC 7396): null resets a field to its default. */
export const updateBody = z.strictObject({
  ...configShape('update'),
  credential: credential.optional(),
  ...readOnly,
});
export type UpdateBody = z.output<typeof updateBody>;

export const etagOf = ({ generation, revision }: Connector): string =>
  `"${generation}-${revision}"`;

export const resourceOf = (connector: Connector, status: StatusName) => ({
  id: connector.id,
  ...pick(connector, CONFIG_FIELD_NAMES),
  orgId: connector.orgId || null,
  orgUrl: connector.orgUrl || null,
  credential: { kind: 'apiToken' as const, updatedAt: connector.credentialUpdatedAt ?? null },
  status,
  enabled: connector.enabled,
  createdAt: connector.createdAt,
  createdBy: connector.createdBy,
  updatedAt: connector.updatedAt,
  updatedBy: connector.updatedBy,
});

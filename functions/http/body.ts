/**
 * Reads a JSON body by its schema. Size, type and fields are checked; an error never repeats a
 * submitted value.
 */
import * as z from 'zod';
import { type Problem, ProblemError } from '../../shared/errors.ts';
import { unknownFieldPath } from '../../shared/field-path.ts';
import type { Incoming } from './incoming.ts';
import { allowedFields, ruleOf } from './rules.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** The body of a request without fields. */
export const NO_FIELDS = z.strictObject({});

export async function readBody<T extends z.ZodObject>(
  request: Incoming,
  schema: T,
): Promise<z.output<T>> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const bytes = await readBytes(request);
  // A POST with optional fields only needs no body.
  const omitted = request.method === 'POST' && bytes.byteLength === 0;
  if (!omitted && !bodyTypes(request.method).includes(type ?? '')) {
    throw new ProblemError({
      code: 'UnsupportedMediaType',
      message: 'The body is not declared as JSON.',
      remedy: 'Send the header Content-Type: application/json.',
    });
  }
  const parsed = schema.safeParse(omitted ? {} : parseJson(bytes));
  if (parsed.success) return parsed.data;
  throw invalidField(parsed.error.issues[0], schema);
}

/** A merge patch has a separate media type (RFC 7396). */
export const bodyTypes = (method: string): string[] =>
  method === 'PATCH' ? ['application/json', 'application/merge-patch+json'] : ['application/json'];

/**
 * Reads the body's bytes. A body that is too large is refused by its declared length, or otherwise read
 * to its end: a request that is read only partly is destroyed, and its caller never receives a response
 * (docs/azure.md, "Unread bodies").
 */
async function readBytes(request: Incoming): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await readToEnd(request, MAX_BODY_BYTES, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** Reads a body to its end and keeps nothing of it, for a route that needs none of it. */
export async function discardBody(request: Incoming, maxBytes: number): Promise<void> {
  await readToEnd(request, maxBytes, () => {});
}

async function readToEnd(
  request: Incoming,
  maxBytes: number,
  keep: (chunk: Uint8Array) => void,
): Promise<void> {
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  if (announcedBytes > maxBytes) throw new ProblemError(tooLarge(maxBytes));
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= maxBytes) keep(chunk);
  }
  if (size > maxBytes) throw new ProblemError(tooLarge(maxBytes));
}

const tooLarge = (maxBytes: number): Problem => ({
  code: 'PayloadTooLarge',
  message: `The body is larger than ${maxBytes / 1024} KiB.`,
  remedy: 'Send only the fields of the contract.',
});

/** The body as text, for routes that validate it themselves. */
export async function readText(request: Incoming): Promise<string> {
  const bytes = await readBytes(request);
  try {
    // A byte order mark is part of the signed bytes.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProblemError({
      code: 'InvalidRequest',
      message: 'The body is not UTF-8.',
      remedy: 'Send JSON in UTF-8.',
    });
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError({
      code: 'InvalidRequest',
      message: 'The body is not valid JSON.',
      remedy: 'Send one JSON object in UTF-8.',
    });
  }
}

function invalidField(issue: z.core.$ZodIssue | undefined, schema: z.ZodObject): ProblemError {
  const fields = allowedFields(schema);
  const allowed = fields ? `Allowed fields: ${fields}.` : 'Send no fields.';
  if (issue?.code === 'unrecognized_keys') {
    return new ProblemError({
      code: 'InvalidRequest',
      message: 'The body has an unknown field.',
      target: unknownFieldPath(issue.path, issue.keys[0]) ?? 'body',
      remedy: allowed,
    });
  }
  // A custom check names the field and the fault of its value, never the value.
  if (issue?.code === 'custom' && issue.params?.isExplained)
    return new ProblemError({
      code: 'InvalidRequest',
      message: issue.message,
      target: issue.path.join('.'),
      remedy: 'Copy the value again, without surrounding text.',
    });
  const target = String(issue?.path[0] ?? 'body');
  const rule = ruleOf(schema, target);
  return new ProblemError({
    code: 'InvalidRequest',
    message: rule ? `The value of ${target} is not allowed.` : 'The body is not as expected.',
    target,
    remedy: rule ? `Send ${rule}.` : allowed,
  });
}

/**
 * The path of an unknown field, to be shown to the caller that sent it (docs/contract.md, "Fields and
 * parameters").
 */

/** A name that a field may have. Anything else may be a token that was pasted by mistake. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

/** `credential.tokn`; undefined when a part of the path does not look like a name. */
export function unknownFieldPath(parent: readonly PropertyKey[], key = ''): string | undefined {
  const parts = [...parent, key].map(String);
  return parts.every((part) => NAME.test(part)) ? parts.join('.') : undefined;
}

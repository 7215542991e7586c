/** A token is read once, at submit: it is in no state of the page. */
import type { ComponentChildren, RefObject } from 'preact';
import { Field } from './field.tsx';

interface TokenFieldProps {
  inputRef: RefObject<HTMLInputElement>;
  error?: ComponentChildren;
  isFirst?: boolean;
}

export const TokenField = ({ inputRef, error, isFirst = false }: TokenFieldProps) => (
  <Field
    label="API token"
    type="password"
    required
    autocomplete="off"
    inputRef={inputRef}
    isFirst={isFirst}
    hint="In Okta: Security → API → Tokens, made by a service account with the role Read-only Administrator."
    error={error}
  />
);

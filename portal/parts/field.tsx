/** A labelled field with its hint and its error, which the API names by `target`. */
import type { ComponentChildren, InputHTMLAttributes, Ref } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps extends InputHTMLAttributes {
  label: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  inputRef?: Ref<HTMLInputElement>;
}

export function Field({ label, hint, error, inputRef, ...input }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].join(' ').trim();
  return (
    <div class={error ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      <input
        {...input}
        {...(inputRef ? { ref: inputRef } : {})}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint ? (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      ) : null}
      {error ? (
        <div id={`${id}-error`} class="error" role="alert">
          {error}
        </div>
      ) : null}
    </div>
  );
}

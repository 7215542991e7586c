/** A labelled field with its hint and its error, which the API names by `target`. */
import type { ComponentChildren, InputHTMLAttributes, RefObject } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface FieldProps extends InputHTMLAttributes {
  label: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  inputRef?: RefObject<HTMLInputElement>;
  /** The first field of a dialog, or of a step: it takes the focus when it appears. */
  isFirst?: boolean;
}

export function Field({ label, hint, error, inputRef, isFirst, ...input }: FieldProps) {
  const id = useId();
  const own = useRef<HTMLInputElement>(null);
  const ref = inputRef ?? own;
  useEffect(() => {
    if (isFirst) ref.current?.focus();
  }, [isFirst, ref]);
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].join(' ').trim();
  return (
    <div class={error ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      <input
        {...input}
        ref={ref}
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

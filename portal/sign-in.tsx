/** Nobody is known: with Entra a link that leads back here, with function keys a field. */
import { useQueryClient } from '@tanstack/preact-query';
import type { TargetedEvent } from 'preact';
import type { CallError } from './api/call.ts';
import { functionKey } from './api/function-key.ts';
import { signInUrl } from './api/session.ts';
import type { Me } from './api/types.ts';
import { Field } from './parts/field.tsx';

export function SignIn({ me, error }: { me: Me; error: CallError }) {
  const client = useQueryClient();
  if (me.authMode === 'entra')
    return (
      <section class="card">
        <h1>Sign in</h1>
        <p>You are not signed in, or your session has ended. Signing in leads back to this page.</p>
        <a class="button primary" href={signInUrl(me)}>
          Sign in
        </a>
      </section>
    );
  const submit = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    functionKey.set(String(new FormData(form).get('key')).trim());
    form.reset();
    await client.resetQueries();
  };
  const wrong = functionKey.get() === undefined ? undefined : error.error;
  return (
    <form class="card" onSubmit={submit}>
      <h1>Enter a function key</h1>
      <p>In the Azure portal: Function App → App keys → default.</p>
      <Field
        label="Key"
        name="key"
        type="password"
        autocomplete="off"
        required
        hint="It stays in this tab, until the tab is closed."
        error={wrong && `${wrong.message} ${wrong.remedy ?? ''}`}
      />
      <button type="submit" class="primary">
        Open
      </button>
    </form>
  );
}

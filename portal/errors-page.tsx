/** Every error code with its remedy, for networks that reach no documentation. */
import { CATALOGUE } from 'error-catalogue';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useTitle } from './parts/title.ts';

export function ErrorsPage({ listHref }: { listHref: string }) {
  useTitle('Errors and remedies');
  const asked = location.hash.slice(1);
  useEffect(() => {
    document.getElementById(asked)?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <>
      <Link href={listHref}>← App connectors</Link>
      <h1>Errors and remedies</h1>
      <dl class="errors">
        {CATALOGUE.map(([code, happened, remedy]) => (
          <div key={code} id={code} class={code === asked ? 'picked' : undefined}>
            <dt>
              <code>{code}</code>
            </dt>
            <dd>
              {sentence(happened)} {remedy ? <strong>{sentence(remedy)}</strong> : null}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

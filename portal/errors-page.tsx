/** Every error code with its remedy, for networks that reach no documentation. */
import { CATALOGUE } from 'error-catalogue';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';

export function ErrorsPage({ listHref }: { listHref: string }) {
  useEffect(() => {
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
  return (
    <>
      <Link href={listHref}>← App connectors</Link>
      <h1>Errors and remedies</h1>
      <dl class="errors">
        {CATALOGUE.map(([code, happened, remedy]) => (
          <div key={code} id={code}>
            <dt>
              <code>{code}</code>
            </dt>
            <dd>
              {happened}. {remedy ? <strong>{remedy}.</strong> : null}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

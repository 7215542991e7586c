/** The frame of the page: who is signed in, the views, and what is said about actions. */
import { useQueryClient } from '@tanstack/preact-query';
import { useEffect, useRef } from 'preact/hooks';
import { Redirect, Route, Router, Switch, useLocation, useSearch } from 'wouter-preact';
import { CallError } from './api/call.ts';
import { functionKey } from './api/function-key.ts';
import { useConnectors, useMeQuery } from './api/queries.ts';
import { roleName, Session, SIGN_OUT_URL } from './api/session.ts';
import type { Me } from './api/types.ts';
import { AuditPage } from './connector/audit.tsx';
import { ConnectorDrawer } from './connector/drawer.tsx';
import { ErrorsPage } from './errors-page.tsx';
import { ListPage } from './list/list-page.tsx';
import { Announcements, Announcing } from './parts/announce.tsx';
import { Failed } from './parts/notice.tsx';
import { SignIn } from './sign-in.tsx';
import { Wizard } from './wizard/wizard.tsx';

export function App() {
  const me = useMeQuery();
  // Beside the question who the user is: on a slow network each round trip counts.
  const list = useConnectors();
  return (
    <Session.Provider value={me.data}>
      <Announcing>
        <Router base="/portal">
          <Header me={me.data} />
          <main id="main">
            {me.data ? <Views me={me.data} list={list} /> : <Failed error={me.error} />}
          </main>
        </Router>
        <Announcements />
      </Announcing>
    </Session.Provider>
  );
}

function Header({ me }: { me: Me | undefined }) {
  const client = useQueryClient();
  const forget = () => {
    functionKey.forget();
    // What the key has opened goes with it.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
    location.assign('/portal');
  };
  return (
    <header class="bar">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <strong>Okta connector</strong>
      <span class="who">
        {me?.user && me.authMode === 'entra' ? (
          <>
            <bdi>{me.user.name}</bdi> · {roleName(me)} <a href={SIGN_OUT_URL}>Sign out</a>
          </>
        ) : null}
        {me?.authMode === 'none' ? 'local, no sign-in' : null}
        {me?.authMode === 'keys' && functionKey.get() ? (
          <button type="button" class="on-bar" onClick={forget}>
            Forget key
          </button>
        ) : null}
      </span>
    </header>
  );
}

function Views({ me, list }: { me: Me; list: ReturnType<typeof useConnectors> }) {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const filters = useListFilters();
  const refused = list.error instanceof CallError ? list.error : undefined;
  const isSignedOut = refused?.status === 401;
  useEffect(() => {
    // The name of a user whose session has ended is not shown any longer.
    if (isSignedOut) void client.invalidateQueries({ queryKey: ['me'] });
  }, [isSignedOut]);
  if (isSignedOut) return <SignIn me={me} error={refused} />;
  const listHref = filters ? `~/portal?${filters}` : '~/portal';
  const toList = () => navigate(listHref);
  return (
    <Switch>
      <Route path="/audit">
        <AuditPage listHref={listHref} />
      </Route>
      <Route path="/errors">
        <ErrorsPage listHref={listHref} />
      </Route>
      <Route>
        <ListPage list={list} filters={filters} />
        <Switch>
          <Route path="/connect">
            <Wizard onClose={toList} />
          </Route>
          <Route path="/connectors/:id/:tab?">
            {({ id, tab }) => (
              <ConnectorDrawer key={id} id={id} tab={tab ?? 'overview'} onClose={toList} />
            )}
          </Route>
          <Route path="/" />
          <Route>
            <Redirect to="~/portal" replace />
          </Route>
        </Switch>
      </Route>
    </Switch>
  );
}

/** The query of the list's address; while another view is open, as it was before. */
function useListFilters(): string {
  const [path] = useLocation();
  const search = useSearch();
  const kept = useRef('');
  if (path === '/') kept.current = search;
  return kept.current;
}

/** Starts the page. */
import { QueryClient, QueryClientProvider } from '@tanstack/preact-query';
import { render } from 'preact';
import { App } from './app.tsx';
import './style/style.css';

// The page itself decides when to ask again: `pauseMs` in api/pause.ts.
const client = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 1_000, networkMode: 'always' } },
});

const root = document.getElementById('app');
if (root)
  render(
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>,
    root,
  );

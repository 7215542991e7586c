/** The title of the tab: what is open, then the page. */
import { useEffect } from 'preact/hooks';

const PAGE = 'App connectors';

export function useTitle(name: string): void {
  useEffect(() => {
    document.title = `${name} · ${PAGE}`;
    return () => {
      document.title = PAGE;
    };
  }, [name]);
}

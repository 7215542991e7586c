/** Results of actions and changes of a status: read out politely, and each shown for a while. */
import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';

const SHOWN_MS = 8_000;
/** A dialog that an action closes is gone by then: a region under it is not read out. */
const DELAY_MS = 100;

interface Announcement {
  id: number;
  text: string;
}

const Announce = createContext<(text: string) => void>(() => {});
const Announced = createContext<readonly Announcement[]>([]);

export const useAnnounce = () => useContext(Announce);

export function Announcing({ children }: { children: ComponentChildren }) {
  const [announced, setAnnounced] = useState<readonly Announcement[]>([]);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const lastId = useRef(0);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  const announce = useCallback((text: string) => {
    const after = (ms: number, act: () => void) => {
      const timer = setTimeout(() => {
        timers.current.delete(timer);
        act();
      }, ms);
      timers.current.add(timer);
    };
    const id = ++lastId.current;
    after(DELAY_MS, () => setAnnounced((shown) => [...shown, { id, text }]));
    after(DELAY_MS + SHOWN_MS, () => setAnnounced((shown) => shown.filter((one) => one.id !== id)));
  }, []);
  return (
    <Announce.Provider value={announce}>
      <Announced.Provider value={announced}>{children}</Announced.Provider>
    </Announce.Provider>
  );
}

/** The page and each dialog have a region: an open dialog covers, and mutes, everything outside it. */
export const Announcements = () => (
  <div class="toast" role="status" aria-live="polite">
    {useContext(Announced).map(({ id, text }) => (
      <p key={id}>{text}</p>
    ))}
  </div>
);

/** A menu of buttons in a popover: the platform closes it on Esc and on a click elsewhere. */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface MenuItem {
  word: string;
  isDangerous?: boolean;
  act(): void;
}

interface MenuProps {
  label: string;
  items: readonly MenuItem[];
  children?: ComponentChildren;
}

export function Menu({ label, items, children = <Icon name="dots" /> }: MenuProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  if (items.length === 0) return null;
  return (
    <span class="menu">
      <button type="button" class="subtle square" aria-label={label} popovertarget={id}>
        {children}
      </button>
      <div id={id} ref={list} popover="auto" class="menu-list">
        {items.map(({ word, isDangerous, act }) => (
          <button
            key={word}
            type="button"
            class={isDangerous ? 'subtle danger' : 'subtle'}
            onClick={() => {
              list.current?.hidePopover();
              act();
            }}
          >
            {word}
          </button>
        ))}
      </div>
    </span>
  );
}

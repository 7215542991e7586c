import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/**
 * An Okta API token, or the secret of an event hook. Printing, logging, inspecting or serialising it
 * gives `***`; the text itself comes out only through `reveal()`, which the Okta transport and the vault
 * adapter call, and the reply that shows the secret of an event hook once.
 */
export class Token {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** Compares in constant time. */
  equals(other: Token | undefined): boolean {
    return other !== undefined && this.#digest().equals(other.#digest());
  }

  #digest(): Buffer {
    return createHash('sha256').update(this.#text).digest();
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

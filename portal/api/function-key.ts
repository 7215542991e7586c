/** The function key of this tab: in its session storage, and nowhere else. */
const NAME = 'functionKey';

export const functionKey = {
  get: (): string | undefined => sessionStorage.getItem(NAME) ?? undefined,
  set: (key: string): void => sessionStorage.setItem(NAME, key),
  forget: (): void => sessionStorage.removeItem(NAME),
};

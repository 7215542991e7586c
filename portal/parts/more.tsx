/** The next page of a list. */
interface MoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown };
  word?: string;
}

export const More = ({ query, word = 'Show more' }: MoreProps) =>
  query.hasNextPage ? (
    <button type="button" disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
      {query.isFetchingNextPage ? 'Reading…' : word}
    </button>
  ) : null;

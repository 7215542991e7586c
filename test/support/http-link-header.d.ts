declare module 'http-link-header' {
  const LinkHeader: { parse(header: string): { rel(name: string): { uri: string }[] } };
  export default LinkHeader;
}

/** The address of a web server and nothing else: 'http://host:port', 'host:port' or 'host', for which `port` is meant. Undefined where it is none, or holds more. */
export function parseWebOrigin(text: string, port: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = hasScheme ? text : `http://${text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  const isBare = url.username === '' && url.password === '' && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  if (!/^https?:$/.test(url.protocol) || !isBare) return undefined;
  if (!hasScheme && !/:\d+$/.test(text)) url.port = port;
  return url;
}
